//! Projects that a page may be about. A new project is a file here (with its `mod` line) and an entry in [`PROJECTS`].

pub mod facts;
mod mod_wsgi;

use facts::{Axis, Project};

/// All projects. The first one is the default of `matrix bisect`.
pub static PROJECTS: &[&Project] = &[&mod_wsgi::PROJECT];

/// The project whose releases are the values of an axis.
pub fn of_axis(axis: &str) -> Option<&'static Project> {
    PROJECTS.iter().copied().find(|project| project.axis == axis)
}

/// The facts about an axis.
pub fn axis(name: &str) -> Option<&'static Axis> {
    PROJECTS.iter().flat_map(|project| project.axes).find(|axis| axis.name == name)
}
