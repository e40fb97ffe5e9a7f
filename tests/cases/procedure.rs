//! What a scenario can say of a procedure.
