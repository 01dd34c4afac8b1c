//! `cargo xtask gen`: openapi.json, written by the binary that serves it.

use std::path::Path;
use std::process::Command;

use crate::args::Args;
use testbed::run;

const GOLDEN: &str = "openapi.json";

/// Runs `cargo xtask gen [--check]`.
pub(crate) fn generate(words: &[String]) -> Result<(), String> {
    let args = Args::parse(words, &["--check"], &[])?;
    if args.has("--check") {
        check(&mut built_anew())?;
        println!("{GOLDEN} is up to date");
        return Ok(());
    }
    let path = run::root().join(GOLDEN);
    std::fs::write(&path, current(&mut built_anew())?).map_err(|e| format!("{GOLDEN}: {e}"))?;
    println!("wrote {GOLDEN}");
    Ok(())
}

/// The check as a step of the tests, by the binary that they were built with; until the first golden file is committed there is
/// nothing to compare.
pub(crate) fn check_if_kept(binary: &Path) -> Result<String, String> {
    if !run::root().join(GOLDEN).is_file() {
        return Ok(format!("no {GOLDEN} yet"));
    }
    check(&mut Command::new(binary)).map(|()| String::new())
}

fn built_anew() -> Command {
    let mut command = run::cargo();
    command.args(["run", "--quiet", "--package", "backroom", "--"]);
    command
}

fn check(backroom: &mut Command) -> Result<(), String> {
    let golden = std::fs::read_to_string(run::root().join(GOLDEN)).map_err(|e| format!("{GOLDEN}: {e}"))?;
    let current = current(backroom)?;
    let differs = golden.lines().zip(current.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or(golden.lines().count().min(current.lines().count())) + 1;
    if golden == current {
        Ok(())
    } else {
        Err(format!(
            "{GOLDEN} is out of date, first at line {line}. Run `cargo xtask gen`, read the difference, commit it"
        ))
    }
}

fn current(backroom: &mut Command) -> Result<String, String> {
    let text = run::output(backroom.arg("openapi"))?;
    if text.trim_start().starts_with('{') {
        Ok(format!("{}\n", text.trim_end()))
    } else {
        Err("`backroom openapi` wrote no JSON".to_owned())
    }
}
