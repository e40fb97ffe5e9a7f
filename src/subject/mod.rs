//! The subject of the scenarios: the distribution families of bases, the projects whose releases are tested, and the index that
//! lists these releases. Every room may use these facts; no other room names a distribution or a project.

pub mod example;
pub mod family;
pub mod index;
pub mod project;
