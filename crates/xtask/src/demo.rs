//! `cargo xtask demo`: a working retailer, in one process on the embedded store or as separate services
//! on PostgreSQL and NATS. And `servers`: only the two servers, for tests run by hand.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testbed::run;
use testbed::servers::{self, Nats, Postgres, Server};

use crate::args::Args;
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
    println!("building (a first build takes some minutes)");
    // The binary takes the built pages in, so they come first.
    if web::is_kept() {
        web::build()?;
    }
    run::run(run::cargo().args(["build", "--release", "--package", "backroom"]))?;
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
    for old in [&folder, &database] {
        if fresh && old.exists() {
            std::fs::remove_dir_all(old).map_err(|e| format!("{}: {e}", old.display()))?;
        }
    }
    let postgres = Postgres::in_folder(&database)?;
    let nats = Nats::in_folder(&folder.join("nats"))?;
    let (store, bus) = (postgres.url(), nats.url());

    let key = demo_key(&folder, &store)?;

    let mut running = Vec::new();
    for service in services()? {
        let mut command = servers::tied(&binary(), "TERM", None);
        command.args(["serve", "--services", &service, "--store", &store, "--bus", &bus]);
        if service == "gateway" {
            command.args(["--listen", &format!("{ADDRESS}:{port}")]);
        }
        let log = folder.join(format!("{service}.log"));
        let out = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let err = out.try_clone().map_err(|e| e.to_string())?;
        let mut server = Server::start(&service, command.stdout(out).stderr(err), "TERM")?;
        if service == "gateway" {
            server.wait_until(|| servers::listens(port)).map_err(|e| format!("{e}; see {}", log.display()))?;
        }
        println!("{service:<12} process {:<8} log {}", server.pid(), log.display());
        running.push(server);
    }
    println!("\nBackroom:    http://{ADDRESS}:{port}\nKey:         {key}\nPostgreSQL:  {store}\nNATS:        {bus}");
    println!("Ctrl-C stops everything; data stay in {} and {}", folder.display(), database.display());
    loop {
        if let Some(reason) = running.iter_mut().find_map(Server::ended) {
            return Err(format!("{reason}; logs lie in {}", folder.display()));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
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

/// The binary's own list of services, the gateway last, because it needs the others.
fn services() -> Result<Vec<String>, String> {
    let text = run::output(Command::new(binary()).arg("services"))?;
    let mut names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    names.sort_by_key(|name| name == "gateway");
    Ok(names)
}

/// The demo's key, made at the first start and kept beside the data.
fn demo_key(folder: &Path, store: &str) -> Result<String, String> {
    let file = folder.join("key");
    if let Ok(key) = std::fs::read_to_string(&file) {
        return Ok(key.trim().to_owned());
    }
    let mut create = Command::new(binary());
    let key = run::output(create.args(["key", "create", "--store", store, "--name", "demo", "--grant", "*"]))?;
    std::fs::write(&file, &key).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(key.trim().to_owned())
}

fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| run::root().join("target"), PathBuf::from);
    run::root().join(target).join("release").join("backroom")
}

/// Where the demo's PostgreSQL keeps its data. Run by root, it becomes another user, who may not enter a clone
/// in root's home.
fn database_folder(folder: &Path) -> Result<PathBuf, String> {
    if servers::is_root()? { Ok(PathBuf::from("/var/tmp/backroom-demo")) } else { Ok(folder.join("postgres")) }
}
