//! What the gateway answers itself: health, metrics, the API's description, the pages of problems, and the web client.

use axum::http::{HeaderValue, Method, Response, header};
use bytes::Bytes;
use kit::call::RawReply;
use kit::journal;
use kit::problem::{Fault, Problem};

use crate::METRICS;
use crate::edge::{Edge, Incoming};

const PROBLEMS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/problems.rs"));

const TEXT: &str = "text/plain; charset=utf-8";

/// Answers `incoming`, whose path is none of a service's.
pub(crate) async fn answer(edge: &Edge, incoming: &Incoming) -> Result<RawReply, Problem> {
    let path = incoming.uri.path();
    if incoming.method != Method::GET && incoming.method != Method::HEAD {
        return Err(Problem::not_found("page", path));
    }
    if let Some(code) = path.strip_prefix("/problems/") {
        let page = PROBLEMS.binary_search_by(|(known, _)| (*known).cmp(code)).ok().map(|n| PROBLEMS[n].1);
        return text(TEXT, page.ok_or_else(|| Problem::not_found("page", path))?);
    }
    match path {
        "/healthz" | "/health" => {
            edge.app().read(|reader| Ok(journal::last(reader)?)).await?;
            text(TEXT, "ok\n")
        }
        "/metrics" => {
            if !incoming.is_near {
                incoming.visitor.actor().may(METRICS, None)?;
            }
            text("text/plain; version=0.0.4; charset=utf-8", edge.app().metrics().text())
        }
        "/openapi.json" => text("application/json", edge.openapi()),
        _ => edge.files().answer(path, &incoming.headers),
    }
}

fn text(kind: &'static str, body: impl Into<Bytes>) -> Result<RawReply, Problem> {
    let response = Response::builder().header(header::CONTENT_TYPE, HeaderValue::from_static(kind)).body(body.into());
    Ok(response.map_err(|e| Fault::new("a page's head is valid", e))?)
}
