//! Data shared by several test binaries.

pub(crate) mod page;
pub(crate) mod record;
