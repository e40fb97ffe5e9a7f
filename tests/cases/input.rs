//! What is refused on load, or read as the engine reads it.
