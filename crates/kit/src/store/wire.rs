//! PostgreSQL's protocol (version 3, chapter 55 of its manual) on a blocking socket. What was queued goes out as one train that ends in
//! one `Sync`, so that the server reads it, works and answers in one go.
//!
//! Invariant: answers are taken in the order of the questions; after a refusal the server skips the rest of the train.

use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::authentication;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::frontend;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::types::{FromSql, Type, WrongType};

/// Room for what arrives at once, usually; larger rows make it grow for a while.
const ROOM: usize = 16 * 1024;
/// How long a server may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A connection on which nothing is heard for so long is asked whether it lives.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// A server that does not acknowledge for so long is gone.
#[cfg(target_os = "linux")]
const UNHEARD: Duration = Duration::from_secs(10);

/// One connection, with the answers that are still to be taken from it.
pub(super) struct Wire {
    stream: Stream,
    input: Vec<u8>,
    /// The part of `input` that has arrived and was not looked at.
    fresh: Range<usize>,
    /// Trains that were sent and whose answers nobody has taken yet.
    owed: usize,
    is_broken: bool,
    cells: Vec<Option<Range<usize>>>,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// What the server answers to one statement of a train.
pub(super) enum Answer<'a> {
    /// One of its rows.
    Row(&'a [u8], &'a [Option<Range<usize>>]),
    /// It is done and has changed so many rows.
    Done(u64),
    /// It ended a transaction that had failed, as if it had never been.
    RolledBack,
}

/// A statement that was refused, by its place in the train, or a connection that broke.
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) error: Box<dyn Error + Send + Sync>,
}

/// What PostgreSQL says when it refuses.
#[derive(Debug)]
struct Refusal {
    severity: String,
    code: String,
    message: String,
    detail: String,
}

/// The code (SQLSTATE) with which PostgreSQL refused, where it did.
pub(super) fn refused_as(fault: &crate::problem::Fault) -> Option<&str> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(fault);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Some(&refusal.code);
        }
        cause = error.source();
    }
    None
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.severity, self.code, self.message)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl Error for Refusal {}

/// One row of an answer.
pub(super) struct PostgresRow<'a> {
    pub(super) columns: &'a [Type],
    pub(super) bytes: &'a [u8],
    pub(super) cells: &'a [Option<Range<usize>>],
}

impl PostgresRow<'_> {
    /// The column at `index` as a `T`.
    pub(super) fn try_get<'r, T: FromSql<'r>>(&'r self, index: usize) -> Result<T, Box<dyn Error + Send + Sync>> {
        let (Some(ty), Some(cell)) = (self.columns.get(index), self.cells.get(index)) else {
            return Err("there is no such column".into());
        };
        if !T::accepts(ty) {
            return Err(Box::new(WrongType::new::<T>(ty.clone())));
        }
        T::from_sql_nullable(ty, cell.clone().map(|cell| &self.bytes[cell]))
    }
}

/// What is known of a prepared statement: the types of its parameters and of its columns.
pub(super) struct Described {
    pub(super) params: Vec<Type>,
    pub(super) columns: Vec<Type>,
}

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

impl Wire {
    /// Connects and signs in as `config` says; the first of its hosts that answers is taken.
    pub(super) fn connect(config: &Config) -> Outcome<Wire> {
        if config.get_ssl_mode() == SslMode::Require {
            return Err("TLS to PostgreSQL is not spoken: use a private network or a socket of this machine".into());
        }
        if config.get_target_session_attrs() != TargetSessionAttrs::Any {
            return Err("target_session_attrs is not understood".into());
        }
        let mut last: Box<dyn Error + Send + Sync> = "the address names no host".into();
        for (n, host) in config.get_hosts().iter().enumerate() {
            let port = config.get_ports().get(n).or(config.get_ports().first()).copied().unwrap_or(5432);
            match Stream::open(host, port) {
                Ok(stream) => {
                    let (input, cells) = (vec![0; ROOM], Vec::new());
                    let mut wire = Wire { stream, input, fresh: 0..0, owed: 0, is_broken: false, cells };
                    wire.sign_in(config)?;
                    return Ok(wire);
                }
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    fn sign_in(&mut self, config: &Config) -> Outcome<()> {
        let own = std::env::var("USER").ok();
        let user = config.get_user().or(own.as_deref()).ok_or("the address names no user")?;
        let mut startup = vec![("client_encoding", "UTF8"), ("user", user)];
        startup.extend(config.get_dbname().map(|name| ("database", name)));
        startup.extend(config.get_options().map(|options| ("options", options)));
        startup.extend(config.get_application_name().map(|name| ("application_name", name)));
        let password = || config.get_password().ok_or("the server wants a password");
        let mut out = BytesMut::new();
        frontend::startup_message(startup, &mut out)?;
        let mut scram = None;
        loop {
            self.put(&out)?;
            out.clear();
            let body = loop {
                match self.message()? {
                    (b'R', body) => break body,
                    (b'Z', _) => return Ok(()),
                    (b'E', body) => return Err(Box::new(refusal(&self.input[body]))),
                    _ => {}
                }
            };
            let body = &self.input[body];
            let (kind, rest) = (number(body)?, body.get(4..).unwrap_or_default());
            match kind {
                0 => {}
                3 => frontend::password_message(password()?, &mut out)?,
                5 => {
                    let salt = rest.try_into().map_err(|_| "the server's salt has four bytes")?;
                    let hash = authentication::md5_hash(user.as_bytes(), password()?, salt);
                    frontend::password_message(hash.as_bytes(), &mut out)?;
                }
                10 if rest.split(|byte| *byte == 0).any(|name| name == SCRAM_SHA_256.as_bytes()) => {
                    let begun = scram.insert(ScramSha256::new(password()?, ChannelBinding::unsupported()));
                    frontend::sasl_initial_response(SCRAM_SHA_256, begun.message(), &mut out)?;
                }
                11 => {
                    let begun = scram.as_mut().ok_or("the server goes on with what was not begun")?;
                    begun.update(rest)?;
                    frontend::sasl_response(begun.message(), &mut out)?;
                }
                12 => scram.as_mut().ok_or("the server ends what was not begun")?.finish(rest)?,
                _ => return Err("the server wants to be signed in to in a way that is not spoken".into()),
            }
        }
    }

    /// Whether the connection is of no more use.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Whether the server, of which nothing was heard for a while, has ended the connection.
    pub(super) fn has_ended(&mut self) -> bool {
        self.settle().is_err() || !self.fresh.is_empty() || self.stream.has_news()
    }

    /// Sends a train and leaves its answers for later.
    pub(super) fn send(&mut self, train: &[u8]) -> io::Result<()> {
        self.put(train)?;
        self.owed += 1;
        Ok(())
    }

    /// Sends a train and hands on what is answered to each of its statements.
    pub(super) fn exchange(&mut self, train: &[u8], mut answered: impl FnMut(usize, Answer<'_>)) -> Result<(), Broken> {
        let lost = |error: io::Error| Broken { at: 0, error: error.into() };
        self.put(train).map_err(lost)?;
        self.settle().map_err(lost)?;
        // Until the last answer is taken: whoever panics over one leaves the others behind.
        self.is_broken = true;
        let mut at = 0;
        let mut refused: Option<Broken> = None;
        loop {
            let (tag, body) = match self.message() {
                Ok(message) => message,
                // The server says why before it hangs up.
                Err(error) => return Err(refused.unwrap_or(Broken { at, error: error.into() })),
            };
            let body = &self.input[body];
            match tag {
                b'D' => {
                    if let Err(error) = cells(body, &mut self.cells) {
                        self.is_broken = true;
                        return Err(Broken { at, error: error.into() });
                    }
                    answered(at, Answer::Row(body, &self.cells));
                }
                b'C' => {
                    let is_undone = body.starts_with(b"ROLLBACK");
                    answered(at, if is_undone { Answer::RolledBack } else { Answer::Done(changed(body)) });
                    at += 1;
                }
                b'I' => at += 1,
                b'E' => refused = Some(Broken { at, error: Box::new(refusal(body)) }),
                b'Z' => {
                    self.is_broken = false;
                    return refused.map_or(Ok(()), Err);
                }
                _ => {}
            }
        }
    }

    /// Prepares `sql` under `name` and learns its types.
    pub(super) fn prepare(&mut self, name: &str, sql: &str) -> Outcome<Described> {
        let mut out = BytesMut::with_capacity(sql.len() + 64);
        frontend::parse(name, sql, [], &mut out)?;
        frontend::describe(b'S', name, &mut out)?;
        frontend::sync(&mut out);
        self.put(&out)?;
        self.settle()?;
        let mut described = Described { params: Vec::new(), columns: Vec::new() };
        let mut refused = None;
        loop {
            let (tag, body) = self.message()?;
            let body = &self.input[body];
            match tag {
                b't' => described.params = body.get(2..).unwrap_or_default().chunks(4).map(type_of).collect(),
                b'T' => described.columns = columns(body),
                b'E' => refused = Some(refusal(body)),
                b'Z' => return refused.map_or(Ok(described), |refused| Err(refused.into())),
                _ => {}
            }
        }
    }

    /// Runs statements without parameters, one after the other, as one text.
    pub(super) fn query(&mut self, sql: &str) -> Outcome<()> {
        let mut out = BytesMut::with_capacity(sql.len() + 8);
        frontend::query(sql, &mut out)?;
        self.exchange(&out, |_, _| {}).map_err(|broken| broken.error)
    }

    /// Takes the answers that were left for later. What was refused there, nobody waits for.
    fn settle(&mut self) -> io::Result<()> {
        while self.owed > 0 {
            if self.message()?.0 == b'Z' {
                self.owed -= 1;
            }
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let put = self.stream.write_all(bytes);
        self.is_broken |= put.is_err();
        put
    }

    /// The next message: its tag and where its body stands in `input`, until the next is taken.
    fn message(&mut self) -> io::Result<(u8, Range<usize>)> {
        let message = self.next();
        self.is_broken |= message.is_err();
        message
    }

    fn next(&mut self) -> io::Result<(u8, Range<usize>)> {
        loop {
            let fresh = &self.input[self.fresh.clone()];
            let mut missing = 5;
            if let Some(head) = fresh.get(..5) {
                let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
                if !(4..=1 << 30).contains(&length) {
                    return Err(io::Error::new(ErrorKind::InvalidData, "a message of an impossible length"));
                }
                if fresh.len() > length {
                    let start = self.fresh.start;
                    self.fresh.start += length + 1;
                    return Ok((head[0], start + 5..start + 1 + length));
                }
                missing = length + 1;
            }
            self.fill(missing)?;
        }
    }

    /// Waits for more, with room for a message of `length` bytes.
    fn fill(&mut self, length: usize) -> io::Result<()> {
        if self.fresh.is_empty() {
            self.fresh = 0..0;
            if self.input.len() > 64 * ROOM && length <= ROOM {
                self.input = vec![0; ROOM];
            }
        }
        if self.input.len() - self.fresh.start < length.max(ROOM / 2) {
            self.input.copy_within(self.fresh.clone(), 0);
            self.fresh = 0..self.fresh.len();
            if self.input.len() < length {
                self.input.resize(length.next_power_of_two(), 0);
            }
        }
        loop {
            match self.stream.read(&mut self.input[self.fresh.end..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.fresh.end += read;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let mut out = BytesMut::new();
        frontend::terminate(&mut out);
        let _ = self.stream.write_all(&out);
    }
}

impl Stream {
    fn open(host: &Host, port: u16) -> io::Result<Stream> {
        match host {
            Host::Unix(folder) => UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).map(Stream::Unix),
            Host::Tcp(name) => {
                let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
                for address in (name.as_str(), port).to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, CONNECT_WITHIN) {
                        Ok(stream) => {
                            stream.set_nodelay(true)?;
                            let socket = socket2::SockRef::from(&stream);
                            socket.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(KEEPALIVE))?;
                            #[cfg(target_os = "linux")]
                            socket.set_tcp_user_timeout(Some(UNHEARD))?;
                            return Ok(Stream::Tcp(stream));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }

    /// Whether something stands there to be read, or the other side has hung up.
    fn has_news(&self) -> bool {
        let socket = match self {
            Stream::Tcp(stream) => socket2::SockRef::from(stream),
            Stream::Unix(stream) => socket2::SockRef::from(stream),
        };
        let _ = socket.set_nonblocking(true);
        let peeked = socket.peek(&mut [std::mem::MaybeUninit::uninit()]);
        let _ = socket.set_nonblocking(false);
        !peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(into),
            Stream::Unix(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the columns of a row's message stand in it; none for null.
pub(super) fn cells(body: &[u8], cells: &mut Vec<Option<Range<usize>>>) -> Result<(), &'static str> {
    const SHORT: &str = "a row ends too early";
    cells.clear();
    let mut at = 2;
    for _ in 0..u16::from_be_bytes(body.get(..2).ok_or(SHORT)?.try_into().map_err(|_| SHORT)?) {
        let length = number(body.get(at..).ok_or(SHORT)?).map_err(|_| SHORT)?;
        at += 4;
        let Ok(length) = usize::try_from(length) else {
            cells.push(None);
            continue;
        };
        body.get(at..at + length).ok_or(SHORT)?;
        cells.push(Some(at..at + length));
        at += length;
    }
    Ok(())
}

fn number(bytes: &[u8]) -> Result<i32, &'static str> {
    let bytes = bytes.get(..4).and_then(|bytes| bytes.try_into().ok()).ok_or("a message ends too early")?;
    Ok(i32::from_be_bytes(bytes))
}

fn type_of(oid: &[u8]) -> Type {
    let oid = number(oid).map_or(0, i32::cast_unsigned);
    Type::from_oid(oid).unwrap_or(Type::UNKNOWN)
}

/// The types that a row description tells: each column's name ends in a zero, then 18 bytes follow, of which 6..10 are the type.
fn columns(body: &[u8]) -> Vec<Type> {
    let mut rest = body.get(2..).unwrap_or_default();
    let mut types = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == 0)
        && let Some(field) = rest.get(end + 1..end + 19)
    {
        types.push(type_of(&field[6..10]));
        rest = &rest[end + 19..];
    }
    types
}

/// The number at the end of a command's tag, e.g. 3 of `INSERT 0 3`; none where there is no number.
fn changed(tag: &[u8]) -> u64 {
    let tag = std::str::from_utf8(tag).unwrap_or_default().trim_end_matches('\0');
    if tag.starts_with("SELECT") {
        return 0;
    }
    tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn refusal(body: &[u8]) -> Refusal {
    let field = |tag: u8| {
        let found = body.split(|byte| *byte == 0).find(|field| field.first() == Some(&tag));
        String::from_utf8_lossy(found.and_then(|field| field.get(1..)).unwrap_or_default()).into_owned()
    };
    Refusal { severity: field(b'S'), code: field(b'C'), message: field(b'M'), detail: field(b'D') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commands_tag_tells_how_many_rows_it_changed() {
        let tags = ["INSERT 0 3\0", "UPDATE 2\0", "DELETE 0\0", "BEGIN\0", "SELECT 7\0"];
        assert_eq!(tags.map(|tag| changed(tag.as_bytes())), [3, 2, 0, 0, 0]);
    }

    #[test]
    fn a_row_that_ends_too_early_is_refused() {
        let mut found = Vec::new();
        let row = [0, 2, 0, 0, 0, 1, b'x', 255, 255, 255, 255];
        assert_eq!(cells(&row, &mut found), Ok(()));
        assert_eq!(found, [Some(6..7), None]);
        assert!(cells(&row[..row.len() - 1], &mut found).is_err());
        assert!(cells(&[0, 1, 0, 0, 0, 9, b'x'], &mut found).is_err());
    }
}
