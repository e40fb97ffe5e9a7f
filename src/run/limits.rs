//! Limits of every container and step.

use std::time::Duration;

/// Memory of a container in bytes, ten times what compiling mod_wsgi needs.
pub(crate) const MEMORY: u64 = 2 << 30;
/// Processes of a container, many times the number of Apache's children and threads.
pub(crate) const PROCESSES: u32 = 1024;
/// Processor time of a container in thousandths of a processor, so that one container does not starve the others.
pub(crate) const CPU: u32 = 2000;
/// Size of a file in bytes, and of all files of a container if the engine supports such a limit; enough for several root file
/// systems.
pub(crate) const DISK: u64 = 4 << 30;
/// Silence timeout of a step, longer than any silence of compilers and package managers.
pub(crate) const SILENCE: Duration = Duration::from_secs(300);
/// Additional time for the command of a request, which has its own timeout.
pub(crate) const REQUEST_END: Duration = Duration::from_secs(30);
