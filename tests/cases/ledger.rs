//! What is looked for, measured by what the page says.
