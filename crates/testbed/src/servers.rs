//! Temporary servers for tests and the distributed demo: PostgreSQL and NATS, on ports and in folders of their own.
//! They end with this process, however it ends: dropped, interrupted or killed.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::{install, run};

const START_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(20);
/// Where [`free_port`] looks: above what browsers refuse, below what the system gives by itself.
const OURS: Range<u16> = 11_000..32_000;
/// Ports that a process looks at before those of its neighbour.
const PORTS_EACH: u32 = 16;

/// A folder that goes when this value goes. Its name holds our process id, so that a later run can sweep up
/// after one that was killed.
pub struct TempDir {
    path: PathBuf,
}

const TEMP_PREFIX: &str = "backroom-xtask-";

impl TempDir {
    /// A new empty folder with `name` in its name.
    ///
    /// # Errors
    /// What the system says when it cannot be made.
    pub fn new(name: &str) -> Result<Self, String> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        sweep();
        loop {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("{TEMP_PREFIX}{}-{name}-{number}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                // Left by one that was killed and had our number.
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(format!("{}: {e}", path.display())),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes folders of processes that no longer live.
fn sweep() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|n| n.strip_prefix(TEMP_PREFIX)) else { continue };
        let owner = rest.split('-').next().unwrap_or_default();
        if owner.parse::<u32>().is_ok() && Path::new("/proc/self").exists() && !Path::new("/proc").join(owner).exists()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A child process that is asked to stop, then made to, when this value goes.
pub struct Server {
    name: String,
    child: Child,
    stop_signal: &'static str,
}

impl Server {
    /// Starts the command, which should be one of [`tied`].
    pub fn start(name: &str, command: &mut Command, stop_signal: &'static str) -> Result<Self, String> {
        let child = command.stdin(Stdio::null()).spawn().map_err(|e| format!("{name}: {e}"))?;
        Ok(Self { name: name.to_owned(), child, stop_signal })
    }

    /// Waits until `ready`; fails if the process ends first or the time is over.
    pub fn wait_until(&mut self, ready: impl Fn() -> bool) -> Result<(), String> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                return Err(format!("{} ended at its start: {status}", self.name));
            }
            if ready() {
                return Ok(());
            }
            if begin.elapsed() > START_WITHIN {
                return Err(format!("{} did not get ready in {} s", self.name, START_WITHIN.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its status if it has ended by itself.
    pub fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(|status| format!("{} ended: {status}", self.name))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as losing its machine would.
    pub fn kill(&mut self) -> Result<(), String> {
        self.child.kill().map_err(|e| format!("{}: {e}", self.name))?;
        self.child.wait().map(drop).map_err(|e| format!("{}: {e}", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        let _ = Command::new("kill").args(["-s", self.stop_signal, &self.child.id().to_string()]).status();
        let begin = Instant::now();
        while begin.elapsed() < STOP_WITHIN {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command whose process gets `signal` when this process dies, even by `kill -9` (Linux's parent-death
/// signal, set through setpriv), and that runs as `user` if one is given.
pub fn tied(program: &Path, signal: &str, user: Option<&str>) -> Command {
    match run::find_on_path("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            if let Some(user) = user {
                command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
            }
            command.args(["--pdeathsig", signal]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Whether this process runs as root.
pub fn is_root() -> Result<bool, String> {
    Ok(run::output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// A port of 127.0.0.1 that nobody uses at this moment, and that the system gives to nobody by itself: whoever is killed and started
/// again finds it free. Processes whose numbers are near each other look in different places.
pub fn free_port() -> Result<u16, String> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let given = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let end = given.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(OURS.end).min(OURS.end);
    let places = u32::from(end.saturating_sub(OURS.start)) / PORTS_EACH;
    for _ in 0..places.min(64) {
        let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
        let place = (std::process::id() + taken / PORTS_EACH) % places;
        let port = OURS.start + u16::try_from(place * PORTS_EACH + taken % PORTS_EACH).map_err(|e| e.to_string())?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    listener.local_addr().map(|a| a.port()).map_err(|e| e.to_string())
}

/// Whether something answers on the port of 127.0.0.1.
pub fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A PostgreSQL cluster; fsync is on, because what we test is durable.
pub struct Postgres {
    server: Server,
    port: u16,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Postgres {
    /// A cluster that goes away with this value.
    pub fn temporary() -> Result<Self, String> {
        let folder = TempDir::new("postgres")?;
        let mut postgres = Self::in_folder(folder.path())?;
        postgres._temporary = Some(folder);
        Ok(postgres)
    }

    /// A cluster whose data lie in `folder/data`, made there if it is new.
    pub fn in_folder(folder: &Path) -> Result<Self, String> {
        install::test_servers()?;
        let bin = install::postgres_bin().ok_or("no PostgreSQL here")?;
        let user = Self::system_user()?;
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        if let Some(user) = user {
            run::run(Command::new("chown").arg("-R").arg(user).arg(folder))?;
        }
        let data = folder.join("data");
        if !data.join("PG_VERSION").is_file() {
            let mut initdb = tied(&bin.join("initdb"), "KILL", user);
            initdb.arg("--pgdata").arg(&data);
            initdb.args([
                "--username=backroom",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ]);
            run::run(initdb.current_dir(folder).stdout(Stdio::null()))?;
        }
        let port = free_port()?;
        let server = Self::run(folder, port)?;
        Ok(Self { server, port, folder: folder.to_owned(), _temporary: None })
    }

    /// PostgreSQL refuses to run as root. Debian's package brings the user `postgres`.
    fn system_user() -> Result<Option<&'static str>, String> {
        if !is_root()? {
            return Ok(None);
        }
        let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        Ok(Some(if known.lines().any(|line| line.starts_with("postgres:")) { "postgres" } else { "nobody" }))
    }

    fn run(folder: &Path, port: u16) -> Result<Server, String> {
        let bin = install::postgres_bin().ok_or("no PostgreSQL here")?;
        let log = folder.join("log");
        let out = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let err = out.try_clone().map_err(|e| e.to_string())?;
        let mut command = tied(&bin.join("postgres"), "INT", Self::system_user()?);
        command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
        command.arg("-k").arg(folder).args(["-h", "127.0.0.1"]);
        for setting in ["fsync=on", "shared_buffers=256MB", "max_connections=500", "log_min_messages=warning"] {
            command.args(["-c", setting]);
        }
        // SIGINT is its fast shutdown: clients are cut off, data are written.
        let mut server = Server::start("PostgreSQL", command.current_dir(folder).stdout(out).stderr(err), "INT")?;
        let accepts = || {
            let mut ask = Command::new(bin.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
            ask.status().is_ok_and(|status| status.success())
        };
        server
            .wait_until(|| listens(port) && accepts())
            .map_err(|e| format!("{e}\n{}", std::fs::read_to_string(&log).unwrap_or_default()))?;
        eprintln!("PostgreSQL: {} (process {})", bin.display(), server.pid());
        Ok(server)
    }

    /// Ends its first process at once, as `kill -9` does, and starts it again on what is on the disk, at the same address.
    pub fn kill_and_restart(&mut self) -> Result<(), String> {
        self.server.kill()?;
        let begin = Instant::now();
        loop {
            // The processes that answered notice the death of the first one after a moment; until then it cannot start.
            match Self::run(&self.folder, self.port) {
                Ok(server) => {
                    self.server = server;
                    return Ok(());
                }
                Err(failure) if begin.elapsed() > START_WITHIN => return Err(failure),
                Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }

    /// The id of its first process, the parent of those that answer.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// `postgres://…` of its database `postgres`, with the right to make others, by the socket in its folder: what is on the same
    /// machine need not speak TCP.
    pub fn url(&self) -> String {
        let escaped = |byte: u8| match byte {
            b'/' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let folder: String = self.folder.to_string_lossy().bytes().map(escaped).collect();
        format!("postgres://backroom@/postgres?host={folder}&port={}", self.port)
    }
}

/// A NATS server with JetStream.
pub struct Nats {
    server: Server,
    port: u16,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Nats {
    /// A server whose streams go away with this value.
    pub fn temporary() -> Result<Self, String> {
        let folder = TempDir::new("nats")?;
        let mut nats = Self::in_folder(folder.path())?;
        nats._temporary = Some(folder);
        Ok(nats)
    }

    /// A server that keeps its streams in `folder`.
    pub fn in_folder(folder: &Path) -> Result<Self, String> {
        install::test_servers()?;
        // Debian's package starts a server on the default port; ours takes another and leaves that one alone.
        let port = free_port()?;
        let server = Self::run(folder, port)?;
        Ok(Self { server, port, folder: folder.to_owned(), _temporary: None })
    }

    fn run(folder: &Path, port: u16) -> Result<Server, String> {
        let program = run::find_on_path("nats-server").ok_or("no nats-server here")?;
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let log = folder.join("log");
        let mut command = tied(&program, "TERM", None);
        command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js"]).arg("-sd").arg(folder).arg("-l").arg(&log);
        let mut server = Server::start("NATS", &mut command, "TERM")?;
        server
            .wait_until(|| listens(port))
            .map_err(|e| format!("{e}\n{}", std::fs::read_to_string(&log).unwrap_or_default()))?;
        eprintln!("NATS: {} (process {})", program.display(), server.pid());
        Ok(server)
    }

    /// Loses the server and all that it kept.
    pub fn lose(&mut self) -> Result<(), String> {
        self.server.kill()?;
        std::fs::remove_dir_all(&self.folder).map_err(|e| format!("{}: {e}", self.folder.display()))
    }

    /// Starts it again at the same address.
    pub fn restart(&mut self) -> Result<(), String> {
        self.server = Self::run(&self.folder, self.port)?;
        Ok(())
    }

    /// `nats://…`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }
}
