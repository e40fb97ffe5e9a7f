use super::*;

/// The messages of some files, with what is said of each.
fn found(files: &[&str]) -> String {
    let files: Vec<File> =
        files.iter().enumerate().map(|(at, text)| File { path: format!("{at}.c"), text: (*text).to_owned() }).collect();
    let messages = messages(&files.iter().collect::<Vec<_>>(), &BTreeSet::from(["of_python".to_owned()]));
    let shown = |message: &Message| {
        let unused = message.unused.as_ref().map(|unused| match unused {
            Unused::Disabled => " disabled".to_owned(),
            Unused::Unmentioned(Owner { name, file, line, disabled: None }) => format!(" unused: {name} {file}:{line}"),
            Unused::Unmentioned(Owner { name, disabled: Some(at), .. }) => format!(" unused: {name}, disabled at {at}"),
        });
        format!("{}:{} {}{}", message.file, message.line, message.text.replace('\n', "\\n"), unused.unwrap_or_default())
    };
    messages.iter().map(shown).collect::<Vec<_>>().join("\n")
}

#[test]
fn adjacent_literals_are_one_message_and_comments_none() {
    insta::assert_snapshot!(found(&[
        "/* \"E1: no\" */ void f(void) { // \"E2: no\"\n  log(\"E3: one \"\n /* here */ \"message\", x);\n  log(\"E4\\n\"); }\nint x = f();"
    ]), @r"
    0.c:2 E3: one message
    0.c:4 E4\n
    ");
}

#[test]
fn a_code_that_a_macro_makes_is_part_of_the_message() {
    let header = "#define CODE(n) \"E\" #n \": \"\n#define FAIL(n, text) log(CODE(n) text)\n";
    let source = "void f(int a) { log(CODE(0099) \"Compiled for %s \" \"here\"); log(a ? CODE(1) \"x\" : CODE(2) \"y\"); FAIL(3, \"z\"); }\nint x = f(1);";
    let text = found(&[header, source]);
    for message in ["1.c:1 E0099: Compiled for %s here", "1.c:1 E1: x", "1.c:1 E2: y", "1.c:1 E3: z"] {
        assert!(text.lines().any(|line| line == message), "{message} in\n{text}");
    }
}

#[test]
fn every_definition_of_a_macro_is_read() {
    let text = found(&[
        "#ifdef A\n#define HEAD \"A: \"\n#else\n#define HEAD \"B: \"\n#endif\nint f(void) { return g(HEAD \"x\"); }\nint y = f();",
    ]);
    assert!(text.contains("A: x") && text.contains("B: x"), "{text}");
}

#[test]
fn a_macro_of_another_package_does_not_cut_a_message() {
    let text = found(&["int x = f(\"E1: %\" PRId64 \" of \" NAME \" left\");"]);
    assert_eq!(text, "0.c:1 E1: %d of %s left");
}

#[test]
fn directives_that_end_a_compilation_are_messages() {
    insta::assert_snapshot!(found(&["#if !defined(A)\n#error Sorry, A isn't \"there\". /* no */\n#endif\n#if 0\n#error never\n#else\n#error maybe\n#endif"]), @r#"
    0.c:2 #error Sorry, A isn't "there".
    0.c:7 #error maybe
    0.c:5 #error never disabled
    "#);
}

#[test]
fn what_if_0_disables_is_never_used_and_uses_nothing() {
    let nested =
        "#if 0\nint a = f(\"E1\");\n#if X\nint b = f(\"E2\");\n#endif\n#define M \"E3\"\n#else\nint c = f(\"E4\");\n#endif";
    let sorted = |text: String| text.lines().map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    assert_eq!(sorted(found(&[nested])), ["0.c:2 E1 disabled", "0.c:4 E2 disabled", "0.c:6 E3 disabled", "0.c:8 E4"]);
    let called = "void f(void) { log(\"E1\"); }\nint main(void) {\n#if 0\n  f();\n#endif\n}";
    assert_eq!(found(&[called]), "0.c:1 E1 unused: f, disabled at 0.c:4");
}

#[test]
fn a_message_is_unused_if_only_its_definition_mentions_its_owner() {
    insta::assert_snapshot!(found(&[
        "extern void dead(void);\nstatic void alive(void);\n#define GONE \"E1: macro\"\n#define HERE \"E2: macro\"\n#define CALL() log(\"E3\")\n",
        "void dead(void) { log(\"E4\"); dead(); }\nvoid alive(void) { log(\"E5\"); }\nconst char *never = \"E6\";\nconst char *once = \"E7\";\nint main(void) { alive(); log(HERE, once); CALL(); }"
    ]), @r"
    0.c:3 E1: macro unused: GONE 0.c:3
    0.c:4 E2: macro
    0.c:5 E3
    1.c:1 E4 unused: dead 1.c:1
    1.c:2 E5
    1.c:3 E6 unused: never 1.c:3
    1.c:4 E7
    1.c:5 E2: macro
    1.c:5 E3
    ");
}

#[test]
fn what_only_unused_code_calls_is_unused() {
    insta::assert_snapshot!(found(&["static void one(int a) { log(\"E1\"); }\nstatic void two(void) { one(1); }\nvoid three(void) { two(); }"]), @"0.c:1 E1 unused: one 0.c:1");
    assert_eq!(
        found(&["static void one(int a) { log(\"E1\"); }\nint t[] = { one };\nint main(void) { return t[0]; }"]),
        "0.c:1 E1"
    );
}

#[test]
fn names_that_are_used_in_a_way_that_is_not_read_are_not_called_unused() {
    assert_eq!(found(&["void of_python(void) { log(\"E1\"); }"]), "0.c:1 E1", "a file in another language mentions it");
    assert_eq!(found(&["#define ID(x) call_##x()\nvoid call_me(void) { log(\"E1\"); }"]), "0.c:2 E1", "`##` may make its name");
    assert_eq!(
        found(&["#ifdef KEEP\n#endif\nvoid KEEP(void) { log(\"E1\"); }"]),
        "0.c:3 E1 unused: KEEP 0.c:3",
        "it is only asked for"
    );
}
