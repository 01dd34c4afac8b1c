//! The binary: one list of services, and the commands that run them.

mod allocator;
mod bench;
mod check;
mod demo;
mod import;
mod journal;
mod key;
mod openapi;
mod replay;
mod serve;
mod services;
mod watch;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Frees and takes memory faster than the system's own, which shows in every request.
#[global_allocator]
static ALLOCATOR: allocator::Allocator = allocator::Allocator;

/// A retail back office.
#[derive(Parser)]
#[command(name = "backroom", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs services until it is told to stop (SIGTERM or Ctrl-C).
    Serve(Box<serve::ServeArgs>),
    /// Runs everything on data of its own in ./data/demo, and prints an address and a key.
    Demo(demo::DemoArgs),
    /// Makes, lists and revokes API keys directly in the database.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Writes the API's description (OpenAPI, JSON) to standard output.
    Openapi,
    /// Measures what the product costs.
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Takes data from elsewhere in.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Places real receipts again as online orders.
    #[command(subcommand)]
    Replay(replay::ReplayCommand),
    /// Looks whether the data are consistent in themselves.
    Check(check::CheckArgs),
    /// Prints journals, one event to a line (JSON): the database keeps them compressed.
    Journal(journal::JournalArgs),
    /// Makes the dictionary that a service's journal is compressed with, of a journal that there is.
    #[command(hide = true)]
    Dictionary(journal::DictionaryArgs),
    /// Lists the services.
    Services,
}

/// What a command says when it fails.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Key(command) => key::run(&command),
        Command::Openapi => openapi::print(),
        Command::Bench(command) => bench::run(&command),
        Command::Import(command) => import::run(&command),
        Command::Replay(command) => replay::run(&command),
        Command::Check(args) => check::run(&args),
        Command::Journal(args) => journal::run(&args),
        Command::Dictionary(args) => journal::dictionary(&args),
        Command::Services => services::print(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("backroom: {}", explained(&*failure));
            ExitCode::FAILURE
        }
    }
}

/// The failure with every cause beneath it.
fn explained(failure: &(dyn std::error::Error + Send + Sync)) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Threads and timers for a command.
fn tokio(workers: usize) -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(workers.max(1)).enable_all().build()?)
}
