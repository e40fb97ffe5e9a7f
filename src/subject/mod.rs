//! What scenarios are about: the distribution families of bases, and the index that lists releases. Every room may use these facts;
//! no other room names a distribution.

pub mod example;
pub mod family;
pub mod index;
