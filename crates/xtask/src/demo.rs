//! `cargo xtask demo`: a working retailer, in one process on the embedded store or as separate services
//! on PostgreSQL and NATS. And `servers`: only the two servers, for tests run by hand.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testbed::run;
use testbed::servers::{self, Nats, Postgres};

use crate::args::Args;
use crate::distributed::Distributed;
use crate::web;

const ADDRESS: &str = "127.0.0.1";
const PORT: u16 = 8800;

/// Runs `cargo xtask demo`.
pub(crate) fn demo(words: &[String]) -> Result<(), String> {
    let args = Args::parse(words, &["--fresh", "--distributed"], &["--port"])?;
    let port = match args.number("--port")? {
        Some(port) => u16::try_from(port).map_err(|_| "--port is at most 65535")?,
        None => PORT,
    };
    println!("building (a first build takes some ten minutes on two cores)");
    // The binary takes the built pages in, so they come first.
    if web::is_kept() {
        web::build()?;
    }
    run::run(run::cargo().args(["build", "--profile", "demo", "--package", "backroom"]))?;
    if args.has("--distributed") { distributed(args.has("--fresh"), port) } else { embedded(args.has("--fresh"), port) }
}

fn embedded(fresh: bool, port: u16) -> Result<(), String> {
    let mut command = Command::new(binary());
    command.current_dir(run::root()).arg("demo").args(["--listen", &format!("{ADDRESS}:{port}")]);
    if fresh {
        command.arg("--fresh");
    }
    run::run(&mut command)
}

/// One process per service and one for the gateway, as a chain would run them.
fn distributed(fresh: bool, port: u16) -> Result<(), String> {
    let folder = run::root().join("data").join("demo-distributed");
    let database = database_folder(&folder)?;
    if servers::listens(port) {
        return Err(format!("port {port} is taken; choose another with --port"));
    }
    let mut house = Distributed::start(&binary(), &folder, &database, fresh, port)?;
    println!("Ctrl-C stops everything; data stay in {} and {}", folder.display(), database.display());
    house.watch()
}

/// Runs `cargo xtask servers`.
pub(crate) fn servers(words: &[String]) -> Result<(), String> {
    Args::parse(words, &[], &[])?;
    let postgres = Postgres::temporary()?;
    let nats = Nats::temporary()?;
    println!(
        "export BACKROOM_TEST_POSTGRES={}\nexport BACKROOM_TEST_NATS={}\nCtrl-C stops both",
        postgres.url(),
        nats.url()
    );
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| run::root().join("target"), PathBuf::from);
    run::root().join(target).join("demo").join("backroom")
}

/// Where the demo's PostgreSQL keeps its data. Run by root, it becomes another user, who may not enter a clone
/// in root's home.
fn database_folder(folder: &Path) -> Result<PathBuf, String> {
    if servers::is_root()? { Ok(PathBuf::from("/var/tmp/backroom-demo")) } else { Ok(folder.join("postgres")) }
}
