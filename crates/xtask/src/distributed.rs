//! The demo's retailer as separate services: PostgreSQL, NATS, and one process for each service.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testbed::run;
use testbed::servers::{self, Nats, Postgres, Server, TempDir};

const ADDRESS: &str = "127.0.0.1";
/// The password of the demo's people, which the sign-in page offers.
const PASSWORD: &str = "demo";

/// Everything running; it ends with this value.
pub(crate) struct Distributed {
    services: Vec<Server>,
    url: String,
    // Dropped after those who need them, in this order.
    _nats: Nats,
    _postgres: Postgres,
    _folders: Vec<TempDir>,
}

impl Distributed {
    /// Starts `binary`'s services on data that go with this value, at a free port.
    pub(crate) fn temporary(binary: &Path) -> Result<Distributed, String> {
        let (folder, database) = (TempDir::new("distributed")?, TempDir::new("distributed-postgres")?);
        let mut house = Distributed::start(binary, folder.path(), database.path(), true, servers::free_port()?)?;
        house._folders = vec![folder, database];
        Ok(house)
    }

    /// Where the gateway listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Starts `binary`'s services on what lies in `folder`, PostgreSQL's data in `database`, with the gateway at `port`. Makes the
    /// retailer where there is none yet, or `fresh` ones are wanted.
    pub(crate) fn start(
        binary: &Path,
        folder: &Path,
        database: &Path,
        fresh: bool,
        port: u16,
    ) -> Result<Distributed, String> {
        let data = folder.join("shop");
        // Data that were not finished are worth nothing.
        let is_whole = data.join("seeded").is_file() && database.join("data/PG_VERSION").is_file();
        if fresh || !is_whole {
            for old in [folder, database] {
                if old.exists() {
                    std::fs::remove_dir_all(old).map_err(|e| format!("{}: {e}", old.display()))?;
                }
            }
        }
        let postgres = Postgres::in_folder(database)?;
        let nats = Nats::in_folder(&folder.join("nats"))?;
        let (store, bus) = (postgres.url(), nats.url());
        let mut seed = servers::tied(binary, "TERM", None);
        seed.args(["demo", "--seed-only", "--store", &store, "--data"]).arg(&data);
        run::run(&mut seed)?;
        let url = format!("http://{ADDRESS}:{port}");
        let mut house =
            Distributed { services: Vec::new(), url, _nats: nats, _postgres: postgres, _folders: Vec::new() };
        let mut ports = Vec::new();
        for service in names(binary)? {
            let log = folder.join(format!("{service}.log"));
            let mut command = servers::tied(binary, "TERM", None);
            let watch = servers::free_port()?;
            command.args(["serve", "--services", &service, "--store", &store, "--bus", &bus]);
            command.args(["--log-filter", "warn", "--metrics-listen", &format!("{ADDRESS}:{watch}")]);
            command.arg("--test-provider").arg(data.join("test-provider.json"));
            command.args(["--demo-password", PASSWORD]);
            match service.as_str() {
                "gateway" => drop(command.args(["--listen", &format!("{ADDRESS}:{port}")])),
                "notices" => drop(command.arg("--mail-sink")),
                _ => {}
            }
            let out = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
            let err = out.try_clone().map_err(|e| e.to_string())?;
            let mut server = Server::start(&service, command.stdout(out).stderr(err), "TERM")?;
            if service == "gateway" {
                // Metrics are told as soon as a service is at work.
                for (running, watch) in house.services.iter_mut().zip(&ports) {
                    running
                        .wait_until(|| servers::listens(*watch))
                        .map_err(|e| format!("{e}; see {}", folder.display()))?;
                }
                server.wait_until(|| servers::listens(port)).map_err(|e| format!("{e}; see {}", log.display()))?;
            }
            println!(
                "{service:<12} process {:<8} http://{ADDRESS}:{watch}/metrics  log {}",
                server.pid(),
                log.display()
            );
            house.services.push(server);
            ports.push(watch);
        }
        let url = &house.url;
        println!("\n  back office   {url}/\n  shop          {url}/shop\n  API           {url}/openapi.json");
        println!("  PostgreSQL    {store}\n  NATS          {bus}");
        Ok(house)
    }

    /// Waits until one of the services ends, which is a failure.
    pub(crate) fn watch(&mut self) -> Result<(), String> {
        loop {
            if let Some(reason) = self.services.iter_mut().find_map(Server::ended) {
                return Err(reason);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// The binary's own list of services, the gateway last, because it needs the others.
fn names(binary: &Path) -> Result<Vec<String>, String> {
    let text = run::output(Command::new(binary).arg("services"))?;
    let mut names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    names.sort_by_key(|name| name == "gateway");
    Ok(names)
}
