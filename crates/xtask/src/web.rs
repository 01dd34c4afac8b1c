//! The web client's part of the commands: its packages, its build, its types, its checks and the browser tests.
//! A build is skipped while nothing that it reads has changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use testbed::install;
use testbed::run;

/// Debian's Chromium, of which the browser tests take the one without windows if they may: it needs a quarter less of the processor.
const CHROMIUM: &str = "/usr/bin/chromium";
const HEADLESS: &str = "/usr/bin/chromium-headless-shell";
/// Set: what only makes the tests faster is installed as well.
const FASTEST: &str = "BACKROOM_INSTALL_FASTEST";

/// Whether the repository holds a web client.
pub(crate) fn is_kept() -> bool {
    folder().join("package.json").is_file()
}

/// Installs the packages of package-lock.json, unless that was done since it, or what npm goes by, changed.
pub(crate) fn packages() -> Result<String, String> {
    if !run::on_path("npm") {
        install::apt(&["nodejs", "npm"])?;
    }
    let inputs = ["package-lock.json", "package.json", ".npmrc"].map(|name| folder().join(name));
    skip_unchanged("node_modules/.backroom-lock", &inputs, &folder().join("node_modules"), || {
        println!("installing the web client's packages");
        run::run(npm().args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"]))
    })
}

/// Builds web/dist: pages, scripts, their compressed copies; fails when a first screen needs more than its budget.
pub(crate) fn build() -> Result<String, String> {
    packages()?;
    skip_unchanged("node_modules/.backroom-build", &sources()?, &folder().join("dist/index.html"), || {
        run::run(npm().args(["run", "--silent", "build"]))
    })
}

/// Types, lint and format of the web client. Its types of the API are made of openapi.json first, here and by each build, so they
/// are not checked in.
pub(crate) fn lint() -> Result<String, String> {
    packages()?;
    run::run(npm().args(["run", "--silent", "types"]))?;
    run::run(npm().args(["run", "--silent", "lint"])).map(|()| String::new())
}

/// Makes sure that the browser is there.
pub(crate) fn browser() -> Result<(), String> {
    let is_there = |path: &str| Path::new(path).is_file();
    // Nobody's machine gets a second browser unasked.
    let is_enough = is_there(HEADLESS) || (is_there(CHROMIUM) && std::env::var_os(FASTEST).is_none());
    if is_enough || install::apt(&["chromium-headless-shell"]).is_ok() || is_there(CHROMIUM) {
        return Ok(());
    }
    install::apt(&["chromium"])
}

fn chromium() -> &'static str {
    if Path::new(HEADLESS).is_file() { HEADLESS } else { CHROMIUM }
}

/// Where a run of the browser tests finds its Backroom.
pub(crate) enum House<'a> {
    /// A binary to start, by each worker on data of its own.
    Binary(&'a Path),
    /// One that runs at this address, whose data all tests share: one after the other.
    At(&'a str),
}

/// The browser tests. What a failed one leaves behind is in web/test-results, by house.
pub(crate) fn playwright(house: &House<'_>) -> Command {
    let mut command = npm();
    command.env("CI", "1").args(["test", "--silent", "--", "--reporter", "line"]);
    match house {
        House::Binary(path) => command.env("BACKROOM_BIN", path).args(["--output", "test-results/one"]),
        House::At(url) => command.env("BACKROOM_URL", url).args(["--output", "test-results/split", "--workers", "1"]),
    };
    command
}

fn folder() -> PathBuf {
    run::root().join("web")
}

fn npm() -> Command {
    let mut command = Command::new("npm");
    command.current_dir(folder()).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").env("BACKROOM_CHROMIUM", chromium());
    command
}

/// Does the work unless `result` is there and `inputs` are those of the last time.
fn skip_unchanged(
    note: &str,
    inputs: &[PathBuf],
    result: &Path,
    work: impl FnOnce() -> Result<(), String>,
) -> Result<String, String> {
    let note = folder().join(note);
    let print = fingerprint(inputs)?;
    if result.exists() && std::fs::read_to_string(&note).is_ok_and(|old| old == print) {
        return Ok("unchanged".to_owned());
    }
    // What the work leaves behind where it fails is not what the note tells of.
    let _ = std::fs::remove_file(&note);
    work()?;
    std::fs::write(&note, print).map_err(|e| format!("{}: {e}", note.display()))?;
    Ok(String::new())
}

/// Of what is in `files`, and of Node's version.
fn fingerprint(files: &[PathBuf]) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    run::output(Command::new("node").arg("--version"))?.hash(&mut hasher);
    for file in files {
        file.hash(&mut hasher);
        std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Everything that the build reads, in a fixed order.
fn sources() -> Result<Vec<PathBuf>, String> {
    let top =
        ["package-lock.json", "package.json", ".npmrc", "tsconfig.json", "vite.config.ts", "index.html", "shop.html"];
    let mut files: Vec<PathBuf> = ["../openapi.json"].iter().chain(&top).map(|name| folder().join(name)).collect();
    let mut folders = vec![folder().join("src"), folder().join("public"), folder().join("scripts")];
    while let Some(next) = folders.pop() {
        let entries = std::fs::read_dir(&next).map_err(|e| format!("{}: {e}", next.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            // Made of openapi.json, which is in the list.
            let is_generated = path.ends_with("generated");
            if path.is_dir() && !is_generated {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
