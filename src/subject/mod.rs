//! What the scenarios are about: the distribution families that bases come from, the projects whose releases are tried, and
//! the index that lists these releases. All of it is data that any room may read; no other room names a distribution or a
//! project.

pub mod example;
pub mod family;
pub mod index;
pub mod project;
