//! The behaviour of the fake that other tests rely on.

use super::*;
use crate::engine::{BaseImage, ExecEnd, HOST_LABEL, RUN_LABEL};

fn fake(json: &str) -> FakeEngine {
    FakeEngine::new(serde_json::from_str(json).unwrap())
}

fn command(command: &str) -> ExecRequest {
    let hour = Duration::from_secs(3600);
    ExecRequest { command: command.to_owned(), directory: None, env: BTreeMap::new(), user: None, timeout: hour, silence: hour }
}

fn labels() -> Labels {
    [RUN_LABEL, HOST_LABEL].map(|label| (label.to_owned(), "x".to_owned())).into()
}

fn from(image: &ImageId) -> StartRequest {
    StartRequest {
        image: image.clone(),
        labels: labels(),
        memory: 0,
        processes: 0,
        cpu: 0,
        disk: 0,
        capabilities: Vec::new(),
        env: BTreeMap::new(),
        makes_requests: false,
    }
}

fn build(tag: &str, base: &str) -> BuildRequest {
    let base = BaseImage { id: ImageId(base.to_owned()), name: base.to_owned() };
    BuildRequest { tag: tag.to_owned(), context: Vec::new(), base, args: BTreeMap::new(), labels: Labels::new(), network: None }
}

async fn built(engine: &FakeEngine, tag: &str, base: &str) -> ImageId {
    engine.build(build(tag, base), &|_| ()).await.unwrap()
}

fn failed<T: std::fmt::Debug>(answer: Result<T, EngineError>) -> Call {
    answer.unwrap_err().call
}

/// Standard output and end of a command.
async fn run(engine: &FakeEngine, container: &ContainerId, text: &str) -> (String, ExecEnd) {
    let output = engine.exec(container, &command(text)).await.unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.end)
}

#[tokio::test]
async fn the_first_matching_answer_is_used_and_without_one_a_command_succeeds_without_output() {
    let engine = fake(
        r#"{"answers": [{"command": "make", "exit": 2, "stdout": "ab", "repeat": 3, "stderr": "e"}, {"command": "make install"}]}"#,
    );
    let container = engine.start(&from(&built(&engine, "x", "").await)).await.unwrap();
    let output = engine.exec(&container, &command("cd x && make install")).await.unwrap();
    assert_eq!(output, ExecOutput { end: ExecEnd::Exit(2), stdout: b"ababab".into(), stderr: b"e".into(), cpu: Duration::ZERO });
    assert_eq!(run(&engine, &container, "true").await, (String::new(), ExecEnd::Exit(0)));
}

#[tokio::test]
async fn a_cached_result_depends_on_earlier_steps_in_its_container_and_its_snapshot() {
    let engine = fake(
        r#"{"answers": [{"command": "get", "after": "repair", "stdout": "whole"}, {"command": "get", "not_after": "break", "stdout": "new"},
                        {"command": "get", "stdout": "broken"}]}"#,
    );
    let image = built(&engine, "x", "").await;
    let first = engine.start(&from(&image)).await.unwrap();
    assert_eq!(run(&engine, &first, "get").await.0, "new");
    run(&engine, &first, "break it").await;
    assert_eq!(run(&engine, &first, "get").await.0, "broken");
    let snapshot = engine.commit(&first, &labels()).await.unwrap();
    let second = engine.start(&from(&snapshot)).await.unwrap();
    assert_eq!(run(&engine, &second, "get").await.0, "broken");
    run(&engine, &second, "repair it").await;
    assert_eq!(run(&engine, &second, "get").await.0, "whole");
    let untouched = engine.start(&from(&snapshot)).await.unwrap();
    assert_eq!(run(&engine, &untouched, "get").await.0, "broken");
    let fresh = engine.start(&from(&image)).await.unwrap();
    assert_eq!(run(&engine, &fresh, "get").await.0, "new");
}

#[tokio::test]
async fn a_cached_result_depends_on_every_image_below_its_container() {
    let engine =
        fake(r#"{"images": {"debian": "id-1"}, "answers": [{"image": "python-dev", "exit": 1}, {"image": "id-1", "exit": 2}]}"#);
    built(&engine, "matrix/python-dev:1", "debian").await;
    let top = built(&engine, "matrix/mod-wsgi:1", "matrix/python-dev:1").await;
    let other = built(&engine, "matrix/mod-wsgi:2", "debian").await;
    let container = engine.start(&from(&top)).await.unwrap();
    let snapshot = engine.commit(&container, &labels()).await.unwrap();
    for (image, exit) in [(top, 1), (snapshot, 1), (other, 2)] {
        let container = engine.start(&from(&image)).await.unwrap();
        assert_eq!(run(&engine, &container, "make").await.1, ExecEnd::Exit(exit));
    }
}

#[tokio::test]
async fn each_call_can_be_made_to_fail_with_its_own_error() {
    let names = "info image pull push published import tag build start exec commit remove remove_image untag named owned";
    let fail: Vec<String> = names.split(' ').map(|name| format!(r#"{{"call": "{name}"}}"#)).collect();
    let engine = fake(&format!(r#"{{"fail": [{}]}}"#, fail.join(", ")));
    let (image, container) = (ImageId("i".to_owned()), ContainerId("c".to_owned()));
    assert_eq!(failed(engine.info().await), Call::Info);
    assert_eq!(failed(engine.image("x").await), Call::Image);
    assert_eq!(failed(engine.pull("x", None, None).await), Call::Pull);
    assert_eq!(failed(engine.push("x", None).await), Call::Push);
    assert_eq!(failed(engine.published("x", None).await), Call::Published);
    assert_eq!(failed(engine.import(Path::new("x"), "x", &labels()).await), Call::Import);
    assert_eq!(failed(engine.tag(&image, "x").await), Call::Tag);
    assert_eq!(failed(engine.build(build("x", ""), &|_| ()).await), Call::Build);
    assert_eq!(failed(engine.start(&from(&image)).await), Call::Start);
    assert_eq!(failed(engine.exec(&container, &command("x")).await), Call::Exec);
    assert_eq!(failed(engine.commit(&container, &labels()).await), Call::Commit);
    assert_eq!(failed(engine.remove(&container).await), Call::Remove);
    assert_eq!(failed(engine.remove_image(&image).await), Call::RemoveImage);
    assert_eq!(failed(engine.untag("x").await), Call::Untag);
    assert_eq!(failed(engine.named("x").await), Call::Named);
    assert_eq!(failed(engine.owned("x").await), Call::Owned);
    let called: Vec<String> = engine.calls().iter().map(|call| call.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(called.join(" "), names);
}

#[tokio::test]
async fn only_the_call_of_that_number_about_that_object_fails() {
    let engine = fake(r#"{"fail": [{"call": "pull", "of": "b", "nth": 2}]}"#);
    let mut failed = Vec::new();
    for reference in ["a", "b1", "a", "b2", "b3"] {
        failed.push(engine.pull(reference, None, None).await.is_err());
    }
    assert_eq!(failed, [false, false, false, true, false]);
}

#[tokio::test]
async fn owned_objects_are_those_created_and_not_removed() {
    let engine = fake(r#"{"containers": {"old": {"matrix.run": "dead"}}}"#);
    let image = built(&engine, "x", "").await;
    let container = engine.start(&from(&image)).await.unwrap();
    let snapshot = engine.commit(&container, &labels()).await.unwrap();
    let old = Owned::Container(ContainerId("old".to_owned()), [(RUN_LABEL.to_owned(), "dead".to_owned())].into());
    let mine = [Owned::Container(container.clone(), labels()), Owned::Image(snapshot.clone(), labels())];
    assert_eq!(engine.owned(HOST_LABEL).await.unwrap(), mine);
    assert!(engine.owned(RUN_LABEL).await.unwrap().contains(&old));
    assert_eq!(engine.left(), ["container container-1".to_owned(), "container old".to_owned(), format!("image {}", snapshot.0)]);
    for container in [&container, &ContainerId("old".to_owned())] {
        engine.remove(container).await.unwrap();
    }
    engine.remove_image(&snapshot).await.unwrap();
    assert_eq!(engine.left(), [""; 0]);
    engine.remove(&container).await.unwrap();
    engine.remove_image(&snapshot).await.unwrap();
}

#[tokio::test]
async fn a_removed_container_or_image_cannot_be_used() {
    let engine = fake("{}");
    let image = built(&engine, "x", "").await;
    let container = engine.start(&from(&image)).await.unwrap();
    assert_eq!(failed(engine.remove_image(&image).await), Call::RemoveImage);
    engine.remove(&container).await.unwrap();
    assert_eq!(failed(engine.exec(&container, &command("x")).await), Call::Exec);
    assert_eq!(failed(engine.commit(&container, &labels()).await), Call::Commit);
    engine.remove_image(&image).await.unwrap();
    assert_eq!(failed(engine.start(&from(&image)).await), Call::Start);
    assert_eq!(failed(engine.tag(&image, "y").await), Call::Tag);
    assert_eq!(engine.image("x").await.unwrap(), None);
}

#[tokio::test]
async fn a_container_whose_command_was_stopped_cannot_be_used_but_one_that_ran_out_of_memory_or_disk_can() {
    for (name, end, usable) in [
        ("timeout", ExecEnd::Timeout, false),
        ("silence", ExecEnd::Silence, false),
        ("flood", ExecEnd::Flood, false),
        ("processes", ExecEnd::Processes, false),
        ("out-of-memory", ExecEnd::OutOfMemory, true),
        ("disk-full", ExecEnd::DiskFull, true),
        ("file-size", ExecEnd::FileSize, true),
        ("no-directory", ExecEnd::NoDirectory, true),
        ("no-user", ExecEnd::NoUser, true),
    ] {
        let engine = fake(&format!(r#"{{"answers": [{{"command": "make", "end": "{name}"}}]}}"#));
        let container = engine.start(&from(&built(&engine, "x", "").await)).await.unwrap();
        assert_eq!(run(&engine, &container, "make").await.1, end);
        assert_eq!(engine.exec(&container, &command("true")).await.is_ok(), usable);
    }
}

#[tokio::test]
async fn an_image_is_found_by_every_tag_and_its_id_and_a_tag_moves() {
    let engine = fake(r#"{"images": {"a": "id-1", "b": "id-1"}}"#);
    let one = Some(ImageId("id-1".to_owned()));
    for reference in ["a", "b", "id-1"] {
        assert_eq!(engine.image(reference).await.unwrap(), one);
    }
    let built = built(&engine, "c", "").await;
    assert_eq!(built, fake("{}").pull("c", None, None).await.unwrap());
    engine.tag(&built, "a").await.unwrap();
    assert_eq!(engine.image("a").await.unwrap(), Some(built));
    assert_eq!(engine.image("b").await.unwrap(), one);
    let pulled = engine.pull("b", None, None).await.unwrap();
    assert_eq!(engine.image("b").await.unwrap(), Some(pulled));
}

#[tokio::test]
async fn an_image_is_removed_with_its_last_name_and_only_matching_names_are_listed() {
    let engine = fake(r#"{"images": {"matrix/a:1": "id-1", "debian:x": "id-1", "matrix/b:1": "id-2"}}"#);
    let named = async || {
        engine.named("matrix/").await.unwrap().into_iter().map(|(name, id)| format!("{name} {}", id.0)).collect::<Vec<_>>()
    };
    assert_eq!(named().await, ["matrix/a:1 id-1", "matrix/b:1 id-2"]);
    for name in ["matrix/a:1", "matrix/b:1", "matrix/b:1"] {
        engine.untag(name).await.unwrap();
    }
    assert_eq!(named().await, [""; 0]);
    assert_eq!(engine.image("id-1").await.unwrap(), Some(ImageId("id-1".to_owned())));
    assert_eq!(engine.image("id-2").await.unwrap(), None);
}

#[tokio::test]
async fn calls_are_recorded_with_their_subject() {
    let engine = fake("{}");
    let container = engine.start(&from(&built(&engine, "matrix/x:abc", "").await)).await.unwrap();
    run(&engine, &container, "make").await;
    engine.info().await.unwrap();
    assert_eq!(engine.calls(), ["build matrix/x:abc", "start matrix/x:abc", "exec make", "info"]);
    assert_eq!((engine.count(Call::Exec), engine.count(Call::Commit)), (1, 0));
}

#[tokio::test]
async fn a_container_removed_during_a_command_fails_the_command() {
    let engine = fake(r#"{"answers": [{"command": "sleep", "millis": 50}]}"#);
    let container = engine.start(&from(&built(&engine, "x", "").await)).await.unwrap();
    let request = command("sleep");
    let (slow, removed) = tokio::join!(engine.exec(&container, &request), engine.remove(&container));
    removed.unwrap();
    assert_eq!(failed(slow), Call::Exec);
}

#[test]
fn an_unreadable_transcript_is_reported_with_file_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let error = |text: &str| {
        let path = folder.path().join("t.json");
        std::fs::write(&path, text).unwrap();
        FakeEngine::read(&path).unwrap_err().to_string().replace(&folder.path().display().to_string(), "")
    };
    insta::assert_snapshot!(error("{\"answers\": [\n{\"comand\": \"x\"}]}"), @"invalid transcript `/t.json`: unknown field `comand`, expected one of `command`, `after`, `not_after`, `image`, `user`, `exit`, `stdout`, `stderr`, `end`, `times`, `repeat`, `millis` at line 2 column 9");
    insta::assert_snapshot!(error("{\"fail\": [{\"call\": \"delete\"}]}"), @"invalid transcript `/t.json`: unknown variant `delete`, expected one of `info`, `host`, `image`, `pull`, `push`, `published`, `import`, `tag`, `build`, `start`, `exec`, `shell`, `commit`, `remove`, `remove_image`, `untag`, `named`, `owned` at line 1 column 27");
    insta::assert_snapshot!(error("{\"fail\": [{\"call\": \"exec\", \"nth\": 0}]}"), @"invalid transcript `/t.json`: invalid value: integer `0`, expected a nonzero usize at line 1 column 35");
    let missing = FakeEngine::read(Path::new("/nowhere/t.json")).unwrap_err().to_string();
    assert!(missing.starts_with("failed to read transcript `/nowhere/t.json`: "), "{missing}");
}
