//! Finds the programs that tests need and installs what is missing, saying so first.

use std::path::PathBuf;
use std::process::Command;

use crate::{run, servers};

/// The folder with `postgres` and `initdb`, the newest if there are several.
pub fn postgres_bin() -> Option<PathBuf> {
    let version = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse::<u32>().ok()).unwrap_or(0);
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|e| e.path()).collect();
    versions.sort_by_key(version);
    let debian = versions.into_iter().rev().map(|p| p.join("bin")).find(|bin| bin.join("initdb").is_file());
    debian.or_else(|| run::find_on_path("initdb").and_then(|file| file.parent().map(PathBuf::from)))
}

/// Makes sure PostgreSQL's and NATS's servers are installed.
pub fn test_servers() -> Result<(), String> {
    let mut missing = Vec::new();
    if postgres_bin().is_none() {
        missing.push("postgresql");
    }
    if !run::on_path("nats-server") {
        missing.push("nats-server");
    }
    if missing.is_empty() {
        return Ok(());
    }
    apt(&missing)?;
    match (postgres_bin(), run::on_path("nats-server")) {
        (Some(_), true) => Ok(()),
        _ => Err(format!("{} installed, but no server of it is to be found", missing.join(" and "))),
    }
}

/// Installs Debian packages; without the right or the means to do so, says what to install.
pub fn apt(packages: &[&str]) -> Result<(), String> {
    let names = packages.join(" ");
    if !run::on_path("apt-get") {
        return Err(format!("missing: {names}. Install them with this system's package manager"));
    }
    let root = servers::is_root()?;
    if !root && run::run(Command::new("sudo").args(["-n", "true"])).is_err() {
        return Err(format!("missing: {names}. Install them with: sudo apt-get install {names}"));
    }
    println!("missing: {names}; installing them with apt-get");
    let apt_get = || {
        let mut command = Command::new(if root { "apt-get" } else { "sudo" });
        if !root {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
        command
    };
    run::run(apt_get().arg("update"))?;
    run::run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

/// Makes sure the program of a crate such as `cargo-nextest` or `typos-cli` is installed.
pub fn cargo_program(package: &str) -> Result<(), String> {
    if has_cargo_program(package.trim_end_matches("-cli")) {
        return Ok(());
    }
    println!("missing: {package}; building it with cargo install (some minutes, once)");
    run::run(run::cargo().args(["install", "--locked", package]))
}

/// Whether a program that `cargo install` brings is there.
pub fn has_cargo_program(program: &str) -> bool {
    cargo_program_path(program).is_file()
}

/// Where it is, or would be.
pub fn cargo_program_path(program: &str) -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|h| h.join(".cargo"))).unwrap_or_default();
    run::find_on_path(program).unwrap_or_else(|| home.join("bin").join(program))
}
