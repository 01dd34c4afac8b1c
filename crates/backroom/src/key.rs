//! `backroom key`: API keys made, listed and revoked directly in the database, for whoever holds the data.

use std::io::Write;

use clap::{Args, Subcommand};
use gateway::key::{self, KeyId};
use kit::auth::{Actor, Grant};
use kit::metrics::Metrics;
use kit::runtime::Runtime;
use kit::store::{Database, Store};

use crate::{Failure, serve};

/// What can be done with keys.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and prints its secret, which is stored nowhere.
    Create(Create),
    /// Lists keys, oldest first.
    List(Place),
    /// Revokes a key.
    Revoke(Revoke),
}

#[derive(Args)]
pub(crate) struct Place {
    /// Where the data are: a file, or postgres://user@host:port/database.
    #[arg(long, env = "BACKROOM_STORE")]
    store: String,
}

#[derive(Args)]
pub(crate) struct Create {
    #[command(flatten)]
    place: Place,
    /// What the key is for.
    #[arg(long)]
    name: String,
    /// What it allows: *, orders.* or orders.cancel, at one site with @site_…; may be said several times.
    #[arg(long = "grant", required = true)]
    grants: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Revoke {
    #[command(flatten)]
    place: Place,
    /// The key's id.
    id: KeyId,
}

/// Runs `key`.
pub(crate) fn run(command: &KeyCommand) -> Result<(), Failure> {
    let place = match command {
        KeyCommand::Create(create) => &create.place,
        KeyCommand::List(place) => place,
        KeyCommand::Revoke(revoke) => &revoke.place,
    };
    crate::tokio(1)?.block_on(async {
        let database = open(&place.store)?;
        let store = database.store("gateway");
        let mut out = std::io::stdout().lock();
        match command {
            KeyCommand::Create(create) => {
                let grants: Result<Vec<Grant>, Failure> = create.grants.iter().map(|text| grant(text)).collect();
                writeln!(out, "{}", issue(&store, &create.name, grants?).await?)?;
            }
            KeyCommand::List(_) => {
                let keys = store.read(|reader| Ok(key::list(reader)?)).await?;
                for key in keys {
                    let grants: Vec<String> = key.grants.iter().map(grant_text).collect();
                    let state = if key.revoked_at.is_some() { "revoked" } else { "valid" };
                    writeln!(out, "{}  {}  {state}  {}  {}", key.id, key.created_at, grants.join(","), key.name)?;
                }
            }
            KeyCommand::Revoke(revoke) => {
                let (actor, id) = (operator(), revoke.id);
                store.write(&operator().origin(), move |tx| key::revoke(tx, &actor, id)).await?;
                writeln!(out, "{id} is revoked")?;
            }
        }
        drop(store);
        database.close().await;
        Ok(())
    })
}

/// Makes a key called `name` and returns its secret.
pub(crate) async fn issue(store: &Store, name: &str, grants: Vec<Grant>) -> Result<String, Failure> {
    let (actor, name) = (operator(), name.to_owned());
    let key = store.write(&operator().origin(), move |tx| key::issue(tx, &actor, &name, &grants, None)).await?;
    Ok(key.secret)
}

/// The keys' own database.
pub(crate) fn open(store: &str) -> Result<Database, Failure> {
    let schema = gateway::service().schema();
    Ok(Database::open(&serve::location(store)?, &[schema], &Runtime::real(), &Metrics::default())?)
}

/// Whoever may open the database.
fn operator() -> Actor {
    Actor::service("operator", "command line".to_owned())
}

fn grant(text: &str) -> Result<Grant, Failure> {
    let (permission, site) = match text.split_once('@') {
        Some((permission, site)) => (permission, Some(site.parse()?)),
        None => (text, None),
    };
    Ok(Grant { permission: permission.to_owned(), site })
}

fn grant_text(grant: &Grant) -> String {
    match grant.site {
        Some(site) => format!("{}@{site}", grant.permission),
        None => grant.permission.clone(),
    }
}
