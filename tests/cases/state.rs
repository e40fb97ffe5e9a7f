//! Records and results of earlier runs.
