//! Developer commands, called as `cargo xtask <command>`.
//! Standard library alone, so that the first command on a fresh machine is not a long build.

// A developer's tool runs in real time and in its own process; the simulation never reaches it.
#![allow(clippy::disallowed_methods)]

mod args;
mod demo;
mod distributed;
mod fetch;
mod generate;
mod lint;
mod new_service;
mod simulate;
mod suite;
mod tidy;
mod web;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  test [--quick] [--only STEP,STEP]   every test on both databases and both topologies (see --list)
  lint [--install]                    format, clippy, our own checks; cargo-deny and typos where present
  gen [--check]                       write openapi.json, or fail when it is out of date
  sim [--seeds N] [--from SEED] [--steps N]    the simulation over many seeds
  soak [--minutes N] [--steps N]      the simulation, batch after batch of fresh seeds
  demo [--fresh] [--distributed]      a working retailer, in one process or as separate services
  data                                public data to import, fetched and converted into data/
  new-service NAME [--thing NOUN]     a service that compiles and looks like its siblings
  servers                             a temporary PostgreSQL and NATS until Ctrl-C, for tests run by hand
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    let outcome = match command.as_str() {
        "test" => suite::test(&rest),
        "lint" => lint::lint(&rest),
        "gen" => generate::generate(&rest),
        "sim" => simulate::sim(&rest),
        "soak" => simulate::soak(&rest),
        "data" => fetch::data(&rest),
        "demo" => demo::demo(&rest),
        "new-service" => new_service::new_service(&rest),
        "servers" => demo::servers(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!("no command {other:?}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // A command that has told everything already, its summary last, says no more.
            if !message.is_empty() {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}
