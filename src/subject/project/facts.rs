//! The facts about a project.

pub struct Project {
    /// The axis of its releases, which is also its name in the package index.
    pub axis: &'static str,
    /// The dockerfile that unpacks the archive of a release, if no other dockerfile does.
    pub unpacking: &'static str,
    /// The axes whose values the output must show if they differ between cells and if a scenario has all of these axes.
    pub shown: &'static [&'static str],
    /// Axes with a special label or cost in reports.
    pub axes: &'static [Axis],
    /// Patterns of system-specific text in its messages, each with its replacement in a page.
    pub generalised: &'static [(&'static str, &'static str)],
}

pub struct Axis {
    pub name: &'static str,
    /// Its label in reports.
    pub label: &'static str,
    /// The cost of a condition on it for the reader; other axes cost 102.
    pub cost: u32,
}
