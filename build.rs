//! Compiles `examples/http.rs`, which containers get, so that it needs no library of theirs. Where that is impossible, the file is empty,
//! and `http` steps need the image's curl. As an example it is checked and formatted like the rest.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "examples/http.rs";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={SOURCE}");
    let variable = |name: &str| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let program = Path::new(&variable("OUT_DIR")).join("http");
    fs::write(&program, []).expect("cargo makes a folder for the results");
    if variable("CARGO_CFG_TARGET_OS") != "linux" {
        return;
    }
    let mut compile = Command::new(variable("RUSTC"));
    compile.args(["--crate-name", "http", "--edition", "2024", "--target", &variable("TARGET"), SOURCE, "-o"]).arg(&program);
    compile.args(["-C", "target-feature=+crt-static", "-C", "opt-level=s", "-C", "panic=abort", "-C", "strip=symbols"]);
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        compile.args(["-C", &format!("linker={linker}")]);
    }
    let compiled = compile.output().map(|output| (output.status.success(), output.stderr));
    if !matches!(compiled, Ok((true, _))) {
        let errors = compiled.map_or_else(|error| error.to_string(), |(_, errors)| String::from_utf8_lossy(&errors).into_owned());
        let last = errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        println!("cargo:warning={SOURCE} cannot be linked statically, so `http` steps need `curl` in their images: {last}");
        fs::write(&program, []).expect("the folder is there");
    }
}
