//! `backroom demo`: everything in one process on data of its own, with a key to try it.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use clap::{Args, Parser};
use kit::auth::Grant;
use kit::log;

use crate::serve::{End, House, ServeArgs};
use crate::{Failure, key};

const FOLDER: &str = "data/demo";
/// What everybody invented signs in with.
const PASSWORD: &str = "demo";

/// What `demo` takes.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Where HTTP is listened to.
    #[arg(long, default_value = "127.0.0.1:8800")]
    listen: SocketAddr,
    /// Starts over with new data.
    #[arg(long)]
    fresh: bool,
}

/// `serve` with what it takes by default.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Runs `demo`.
pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let folder = Path::new(FOLDER);
    if args.fresh && folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let store = folder.join("backroom.db").to_string_lossy().into_owned();
    let listen = args.listen.to_string();
    let words = ["demo", "--store", &store, "--listen", &listen, "--demo-password", PASSWORD];
    let serve = Defaults::try_parse_from(words)?.serve;
    log::start(serve.log, "warn")?;
    crate::tokio(serve.workers)?.block_on(async {
        let end = End::listen()?;
        let secret = secret(folder, &store).await?;
        let house = House::open(&serve).await?;
        println!("{}", house.greeting());
        if let Some(url) = house.url() {
            println!("try it:  curl -H 'Authorization: Bearer {secret}' {url}/api/gateway/keys");
        }
        println!("data stay in {FOLDER}; Ctrl-C stops it");
        end.asked_for().await;
        house.close().await;
        Ok(())
    })
}

/// The demo's key, made at the first start and kept beside the data.
async fn secret(folder: &Path, store: &str) -> Result<String, Failure> {
    let file = folder.join("key");
    if let Ok(secret) = std::fs::read_to_string(&file) {
        return Ok(secret.trim().to_owned());
    }
    let database = key::open(store)?;
    let everything = Grant { permission: "*".to_owned(), site: None };
    let secret = key::issue(&database.store("gateway"), "demo", vec![everything]).await?;
    database.close().await;
    let mut file = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(file)?;
    writeln!(file, "{secret}")?;
    Ok(secret)
}
