//! mod_wsgi: an Apache module that embeds Python.

use super::facts::{Axis, Project};

pub(super) static PROJECT: Project = Project {
    axis: "mod_wsgi",
    unpacking: "mod-wsgi-release",
    shown: &["python", "mod_wsgi"],
    axes: &[
        Axis { name: "mod_wsgi", label: "mod_wsgi", cost: 100 },
        Axis { name: "apache", label: "Apache", cost: 100 },
        Axis { name: "python", label: "Python", cost: 110 },
    ],
    generalised: &[(r"(mod_wsgi|httpd)-\d+(?:\.\d+)+", "$1-X.Y.Z"), (r"(python)\d\.\d+", "${1}X.Y")],
};
