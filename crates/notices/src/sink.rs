//! A mail server for the demo and for tests: takes every mail, delivers none, and shows the last ones.
//!
//! It listens on this machine alone, knows nobody, and keeps mails in memory.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::problem::Fault;
use kit::runtime::Runtime;
use kit::time::Timestamp;
use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Mails kept.
const KEPT: usize = 200;
/// The longest mail, in bytes.
const MAX_MAIL: usize = 1 << 20;
/// The longest line that a client may send outside a mail, in bytes.
const MAX_LINE: u64 = 2_000;
/// How long a client may keep a connection.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail as it was taken.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// Its number, from 1.
    pub(crate) id: i64,
    /// When it came.
    pub(crate) at: Timestamp,
    /// The sender.
    pub(crate) from: String,
    /// The recipients.
    pub(crate) to: Vec<String>,
    /// `Message-ID`, without brackets.
    pub(crate) message_id: String,
    /// The subject.
    pub(crate) subject: String,
    /// For programs without HTML.
    pub(crate) text: String,
    /// The page.
    pub(crate) html: String,
}

/// The mail server with its mails. Clones of its `Arc` share them.
pub struct Sink {
    address: SocketAddr,
    mails: Mutex<VecDeque<Mail>>,
}

impl Sink {
    /// Listens on a free port of this machine until the process ends.
    ///
    /// # Errors
    /// A fault when no port can be had.
    pub async fn start(runtime: &Runtime) -> Result<Arc<Sink>, Fault> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(|e| Fault::new("no port for the mail sink", e))?;
        let address = listener.local_addr().map_err(|e| Fault::new("the mail sink's port", e))?;
        let sink = Arc::new(Sink { address, mails: Mutex::default() });
        let (served, clock) = (Arc::clone(&sink), runtime.clone());
        runtime.spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let (sink, clock) = (Arc::clone(&served), clock.clone());
                        served_beside(&clock.clone(), async move {
                            let talk = clock.timeout(PATIENCE, talk(stream, &sink, &clock)).await;
                            if let Some(Err(e)) = talk {
                                tracing::debug!(%e, "a mail client went away");
                            }
                        });
                    }
                    Err(e) => {
                        tracing::warn!(%e, "the mail sink cannot take a connection");
                        clock.sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        });
        Ok(sink)
    }

    /// Its address as `host:port`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The mails, the newest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    /// The mail `id`.
    pub(crate) fn mail(&self, id: i64) -> Option<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|mail| mail.id == id).cloned()
    }

    fn take(&self, from: String, to: Vec<String>, raw: &[u8], at: Timestamp) -> bool {
        let Some(parsed) = MessageParser::default().parse(raw) else { return false };
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let id = mails.back().map_or(1, |mail| mail.id + 1);
        mails.push_back(Mail {
            id,
            at,
            from,
            to,
            message_id: parsed.message_id().unwrap_or_default().to_owned(),
            subject: parsed.subject().unwrap_or_default().to_owned(),
            text: parsed.body_text(0).unwrap_or_default().into_owned(),
            html: parsed.body_html(0).unwrap_or_default().into_owned(),
        });
        while mails.len() > KEPT {
            mails.pop_front();
        }
        true
    }
}

fn served_beside(runtime: &Runtime, talk: impl Future<Output = ()> + Send + 'static) {
    // It ends with its connection; nobody waits for it.
    let _ = runtime.spawn(talk);
}

/// One client, from the greeting to `QUIT` (RFC 5321, as much of it as a client needs).
async fn talk(stream: TcpStream, sink: &Sink, clock: &Runtime) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    writing.write_all(b"220 sink ready\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let mut line = String::new();
        if (&mut reading).take(MAX_LINE).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let (verb, rest) = line.split_at(line.find([' ', ':']).unwrap_or(line.len()));
        let reply: &[u8] = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
            "HELO" | "NOOP" => b"250 sink\r\n",
            "MAIL" => {
                (from, to) = (address(rest), Vec::new());
                b"250 ok\r\n"
            }
            "RCPT" => {
                to.push(address(rest));
                b"250 ok\r\n"
            }
            "DATA" if to.is_empty() => b"503 nobody to write to\r\n",
            "DATA" => {
                writing.write_all(b"354 end with a dot\r\n").await?;
                match mail(&mut reading).await? {
                    Some(raw) if sink.take(from.clone(), to.clone(), &raw, clock.now()) => b"250 taken\r\n",
                    Some(_) => b"554 not a mail\r\n",
                    None => b"552 too large\r\n",
                }
            }
            "RSET" => {
                (from, to) = (String::new(), Vec::new());
                b"250 ok\r\n"
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"502 not known here\r\n",
        };
        writing.write_all(reply).await?;
    }
}

/// The lines up to the one with a single dot, without the dots that the client doubled; nothing when they are too many.
async fn mail(reading: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let (mut raw, mut is_too_large) = (Vec::new(), false);
    loop {
        let mut line = Vec::new();
        let limit = MAX_MAIL as u64;
        if (&mut *reading).take(limit).read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" || line == b".\n" {
            return Ok((!is_too_large).then_some(raw));
        }
        is_too_large = is_too_large || raw.len() + line.len() > MAX_MAIL;
        if !is_too_large {
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

/// What stands between angle brackets.
fn address(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    inner.unwrap_or_default().to_owned()
}
