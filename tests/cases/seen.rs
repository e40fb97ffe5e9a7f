//! What a step showed, and what kept it from showing more.
