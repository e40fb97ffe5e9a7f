//! What is known of a project.

/// A project.
pub struct Project {
    /// The axis of its releases, which is also its name on the package index.
    pub axis: &'static str,
    /// The dockerfile that unpacks the archive of a release that no other dockerfile unpacks.
    pub unpacking: &'static str,
    /// The axes whose values an answer must show where they differ between cells, if a scenario has all of them.
    pub shown: &'static [&'static str],
    /// Axes that reports name in a special way or that explain a difference better or worse than others.
    pub axes: &'static [Axis],
    /// Patterns of what differs between systems in its messages, and what replaces it in a page.
    pub generalised: &'static [(&'static str, &'static str)],
}

/// An axis.
pub struct Axis {
    pub name: &'static str,
    /// How reports name it.
    pub label: &'static str,
    /// What a condition on it costs a reader; an axis not listed costs 102.
    pub cost: u32,
}
