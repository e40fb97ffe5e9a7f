//! What needs no engine: how names and words are written for one.

use super::{quoted, split};

#[test]
fn a_registrys_port_is_not_taken_for_a_tag() {
    for (reference, name, tag) in [
        ("debian:bookworm", "debian", "bookworm"),
        ("localhost:5000/debian:bookworm", "localhost:5000/debian", "bookworm"),
        ("localhost:5000/debian", "localhost:5000/debian", "latest"),
        ("debian", "debian", "latest"),
    ] {
        assert_eq!(split(reference), (name, tag));
    }
}

#[test]
fn nothing_in_a_word_has_a_meaning_in_a_dockerfile() {
    assert_eq!(quoted(r#"a "b" $C \d"#), r#""a \"b\" \$C \\d""#);
}
