//! `cargo xtask lint`: what a reviewer should never have to say.

use crate::args::Args;
use crate::tidy;
use crate::web;
use testbed::install;
use testbed::run::{self, Steps};

/// Runs `cargo xtask lint [--install]`.
pub(crate) fn lint(words: &[String]) -> Result<(), String> {
    let args = Args::parse(words, &["--install"], &[])?;
    let mut steps = Steps::default();
    // Neither uses two processors, and both say nothing unless something is wrong.
    let web = web::is_kept().then(|| std::thread::spawn(web::lint));
    steps.step("tidy", tidy::check);
    steps.step("format", || cargo(&["fmt", "--all", "--check"]));
    steps.step("clippy", || cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    if let Some(web) = web {
        steps.step("web", || web.join().unwrap_or_else(|_| Err("panicked".to_owned())));
    }
    // The advisory database comes over the net, so advisories are asked by hand: `cargo deny check advisories`.
    let tools: [(&str, &str, &[&str]); 2] = [
        ("cargo-deny", "deny", &["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
        ("typos-cli", "typos", &[]),
    ];
    for (package, tool, arguments) in tools {
        steps.step(package, || {
            if args.has("--install") {
                install::cargo_program(package)?;
            }
            let is_subcommand = package.starts_with("cargo-");
            let program = if is_subcommand { package } else { tool };
            if !install::has_cargo_program(program) {
                return Ok("not installed, so not run; `cargo xtask lint --install` builds it".to_owned());
            }
            if is_subcommand {
                cargo(&[&[tool], arguments].concat())
            } else {
                run::run(std::process::Command::new(install::cargo_program_path(program)).current_dir(run::root()))
                    .map(|()| String::new())
            }
        });
    }
    steps.print();
    if steps.failed() == 0 { Ok(()) } else { Err(format!("lint: {} steps failed", steps.failed())) }
}

fn cargo(arguments: &[&str]) -> Result<String, String> {
    run::run(run::cargo().args(arguments)).map(|()| String::new())
}
