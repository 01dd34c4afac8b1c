//! Connections: taken, encrypted where there is a certificate, and hung up on when they are too many or say nothing.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::Edge;
use crate::limit::Client;
use crate::tls::Tls;

/// A connection that has said nothing for so long is closed.
const SILENCE: Duration = Duration::from_secs(60);

impl Edge {
    /// Takes connections until the gateway closes.
    pub(super) async fn listen(self, listener: TcpListener) {
        let runtime = self.0.app.runtime().clone();
        let mut closing = self.0.closing.subscribe();
        loop {
            let Ok(slot) = Arc::clone(&self.0.connections).acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = closing.wait_for(|closing| *closing) => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let entered = self.0.addresses.as_ref().map(|places| places.enter(Client::address(peer.ip())));
                    let Some(place) = entered.map_or(Some(None), |place| place.map(Some)) else {
                        tracing::debug!(%peer, "an address has too many connections");
                        continue;
                    };
                    let edge = self.clone();
                    // The task ends with its connection.
                    let _ = runtime.spawn(async move {
                        edge.connection(stream, peer.ip()).await;
                        drop((slot, place));
                    });
                }
                Err(error) => {
                    // Out of file descriptors, or a client who went away at once.
                    tracing::warn!(%error, "a connection was not accepted");
                    runtime.sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    async fn connection(self, stream: TcpStream, peer: IpAddr) {
        let _ = stream.set_nodelay(true);
        match self.0.config.tls.clone() {
            None => self.talk(TokioIo::new(stream), peer).await,
            Some(Tls(config)) => {
                let greeting = tokio_rustls::TlsAcceptor::from(config).accept(stream);
                match self.0.app.runtime().timeout(SILENCE, greeting).await {
                    Some(Ok(stream)) => self.talk(TokioIo::new(stream), peer).await,
                    Some(Err(error)) => tracing::debug!(%peer, %error, "no TLS connection came about"),
                    None => {}
                }
            }
        }
    }

    async fn talk<S>(&self, stream: S, peer: IpAddr)
    where
        S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let mut closing = self.0.closing.subscribe();
        let hang_up = Arc::new(Notify::new());
        let service = service_fn(|request| {
            let hang_up = Arc::clone(&hang_up);
            async move { Ok::<_, Infallible>(self.answer(request, peer, hang_up).await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(SILENCE)
            .serve_connection(stream, service);
        let mut connection = std::pin::pin!(connection);
        let closed = async move { drop(closing.wait_for(|closing| *closing).await) };
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = hang_up.notified() => Ok(()),
            () = closed => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
    }
}
