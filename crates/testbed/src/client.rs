//! One keep-alive connection to the server, as a browser would hold it.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// What goes wrong on the way.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A connection to the product. Needs a tokio runtime.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    key: Option<String>,
}

impl Client {
    /// Connects to `address` (`127.0.0.1:8080`), as the holder of an API key or as a guest.
    ///
    /// # Errors
    /// What the system says when nobody listens there.
    pub async fn connect(address: &str, key: Option<&str>) -> Result<Client, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Client { sender, host: address.to_owned(), key: key.map(str::to_owned) })
    }

    /// Asks and gives the status and the JSON of the answer (null when there is none).
    ///
    /// # Errors
    /// What breaks on the way: then the outcome is not known.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<(u16, Value), Failure> {
        let mut request = hyper::Request::builder().method(method).uri(path).header("host", &self.host);
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = if body.is_null() { Bytes::new() } else { serde_json::to_vec(body)?.into() };
        let request = request.header("content-type", "application/json").body(Full::new(bytes))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        let json = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap_or(Value::Null) };
        Ok((status, json))
    }

    /// The text behind `path`.
    ///
    /// # Errors
    /// What breaks on the way.
    pub async fn text(&mut self, path: &str) -> Result<String, Failure> {
        let mut request = hyper::Request::builder().uri(path).header("host", &self.host);
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::default())?).await?;
        let body = response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}
