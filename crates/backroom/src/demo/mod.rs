//! `backroom demo`: a retailer at work in one process, on data of its own: goods, people, and a week of orders that they lived through.
//! With `--seed-only` it makes the data and leaves the work to others: separate services take them up where this process ended.

mod chance;
mod company;
mod goods;
mod hand;
mod past;
mod people;

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser};
use kit::log;
use kit::runtime::Runtime;

use self::chance::Chance;
pub(crate) use self::company::logins;
use self::hand::Hand;
use crate::Failure;
use crate::serve::{End, House, ServeArgs};

/// Says that the data are whole.
const MARK: &str = "seeded";
const DATABASE: &str = "backroom.db";
const BOOKS: &str = "test-provider.json";
/// The demo's week begins so far back.
const BEGINNING: Duration = Duration::from_secs(8 * 86_400);
const CUSTOMERS: usize = 400;
const NEW_CUSTOMERS: usize = 60;

/// What `demo` takes.
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Where HTTP is listened to.
    #[arg(long, default_value = "127.0.0.1:8800")]
    listen: SocketAddr,
    /// The folder of the demo's data.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Where the retailer is kept, if not in that folder: postgres://user@host:port/database.
    #[arg(long)]
    store: Option<String>,
    /// Starts over with new data. A database elsewhere is yours to empty.
    #[arg(long)]
    fresh: bool,
    /// Makes the data, tells who can sign in, and ends.
    #[arg(long)]
    seed_only: bool,
}

/// `serve` with what it takes by default.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Runs `demo`.
pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let mark = args.data.join(MARK);
    // Data that were not finished are worth nothing.
    if (args.fresh || !mark.exists()) && args.data.exists() {
        clear(&args.data)?;
    }
    std::fs::create_dir_all(&args.data)?;
    let text = |file: &str| args.data.join(file).to_string_lossy().into_owned();
    let (books, listen) = (text(BOOKS), args.listen.to_string());
    let store = args.store.clone().unwrap_or_else(|| text(DATABASE));
    let words = [
        "demo",
        "--store",
        &store,
        "--listen",
        &listen,
        "--test-provider",
        &books,
        "--demo-password",
        company::PASSWORD,
        "--mail-sink",
    ];
    let serve = Defaults::try_parse_from(words)?.serve;
    log::start(serve.log, "warn")?;
    crate::tokio(serve.workers)?.block_on(async {
        let end = End::listen()?;
        if !mark.exists() {
            seed(&serve).await?;
            // Nothing waited for the disk so far: the data are there before the mark says so.
            for entry in std::fs::read_dir(&args.data)? {
                std::fs::File::open(entry?.path())?.sync_all()?;
            }
            std::fs::write(&mark, "")?;
        }
        if args.seed_only {
            return Ok(sign_ins()?);
        }
        let house = House::open(&serve).await?;
        tell(&house, &args.data)?;
        end.asked_for().await;
        house.close().await;
        Ok(())
    })
}

/// Removes the demo's data from `folder`, unless something else lies there too: it may be anybody's folder.
fn clear(folder: &Path) -> Result<(), Failure> {
    let beside = ["-wal", "-shm", "-journal"].map(|end| format!("{DATABASE}{end}"));
    let mut ours = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = [MARK, DATABASE, BOOKS].contains(&name.as_str()) || beside.contains(&name);
        if !is_ours || !entry.file_type()?.is_file() {
            let folder = folder.display();
            return Err(format!(
                "{folder} holds {name}, which is none of the demo's data; name another folder with --data"
            )
            .into());
        }
        ours.push(entry.path());
    }
    ours.into_iter().try_for_each(std::fs::remove_file)?;
    Ok(())
}

/// Prints where everything is and who can sign in.
fn tell(house: &House, folder: &Path) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", house.greeting())?;
    if let Some(url) = house.url() {
        writeln!(out, "\n  back office   {url}/")?;
        writeln!(out, "  shop          {url}/shop")?;
        writeln!(out, "  API           {url}/openapi.json")?;
    }
    drop(out);
    sign_ins()?;
    println!("data stay in {}; --fresh starts over; Ctrl-C stops it", folder.display());
    Ok(())
}

/// Prints who can sign in.
fn sign_ins() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "  sign in with one click, or as")?;
    for (login, role) in company::logins() {
        writeln!(out, "                {login:<28} {role}, password {}", company::PASSWORD)?;
    }
    Ok(())
}

/// Makes the retailer and lets it live for a week.
async fn seed(serve: &ServeArgs) -> Result<(), Failure> {
    let runtime = Runtime::real();
    let begun = runtime.monotonic();
    runtime.set_behind(BEGINNING);
    println!("making a retailer …");
    let house = House::open_quietly(serve, runtime.clone()).await?;
    let caller = house.caller().clone();
    let founder = Hand::new(&caller, "service:demo");
    let mut chance = Chance::new(2026);
    let sites = company::sites(&founder).await?;
    let staff = company::staff(&founder, &sites, |name| Hand::new(&caller, name)).await?;
    let goods = goods::goods(&founder, &sites, &mut chance).await?;
    let customers = people::customers(&founder, CUSTOMERS, NEW_CUSTOMERS).await?;
    let shopper = Hand::guest(&caller);
    let pause = async || runtime.sleep(Duration::from_millis(20)).await;
    goods::on_sale(&shopper, &goods, pause).await?;
    // By then everybody has heard of the stores.
    house.settle().await?;
    goods::hours(&founder, &sites).await?;
    let shelves = runtime.monotonic();
    let week = past::Week {
        runtime: &runtime,
        house: &house,
        shopper,
        staff,
        sites: &sites,
        goods: &goods,
        customers: &customers,
        chance,
        behind: BEGINNING,
        asked: 0,
    };
    let orders = week.live().await?;
    house.close().await;
    let (all, past) = (runtime.monotonic() - begun, runtime.monotonic() - shelves);
    println!(
        "{} products at {} sites, {} customers, {orders} orders in {:.1} s, {:.1} s of them for the orders",
        goods.len(),
        sites.len(),
        customers.len(),
        all.as_secs_f64(),
        past.as_secs_f64()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_demos_own_files_are_removed() {
        let folder = testbed::servers::TempDir::new("demo-data").unwrap();
        let put = |name: &str| std::fs::write(folder.path().join(name), "x").unwrap();
        [DATABASE, BOOKS, MARK, "backroom.db-wal"].into_iter().for_each(put);
        clear(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        [DATABASE, "letter.txt"].into_iter().for_each(put);
        assert!(clear(folder.path()).unwrap_err().to_string().contains("letter.txt"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
