//! The web client's files: given to the gateway as they were built, and served with what browsers need to keep and to trust them.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use kit::call::RawReply;
use kit::problem::{Fault, Problem};

use crate::key;

/// Only our own, and nobody frames it. The component library writes style attributes; small pictures and fonts may be in the text.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Shown where the client was not built.
const UNBUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Backroom</title>\
     <h1>Backroom is running</h1><p>This binary was built without its web client. Build it with Node.js, then build the binary again:</p>\
     <pre>npm --prefix web ci\nnpm --prefix web run build\ncargo build</pre>\
     <p>The API works: <a href=\"/openapi.json\">its description</a>.</p></html>";
/// Paths that people leave as bookmarks, and the page that knows what to show there.
const SHOP: &str = "shop.html";
const BACK_OFFICE: &str = "index.html";

/// A file of the web client.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its path without a slash in front, e.g. `assets/index-3f2a.js`.
    pub path: &'static str,
    /// Its content.
    pub body: &'static [u8],
    /// The same, compressed with Brotli.
    pub brotli: Option<&'static [u8]>,
    /// The same, compressed with gzip.
    pub gzip: Option<&'static [u8]>,
}

/// All files of the web client; none where it was not built.
#[derive(Debug, Clone, Default)]
pub struct Files(HashMap<&'static str, (File, HeaderValue)>);

impl Files {
    /// The files `all`.
    ///
    /// # Panics
    /// Never in practice: a tag is hexadecimal digits.
    #[must_use]
    pub fn new(all: &[File]) -> Files {
        let tagged = |file: &File| {
            let tag = format!("\"{}\"", &key::hex(&key::hash(file.body))[..16]);
            (file.path, (*file, HeaderValue::from_str(&tag).expect("hexadecimal digits fit a header")))
        };
        Files(all.iter().map(tagged).collect())
    }

    /// The answer to a GET of `path`.
    ///
    /// # Errors
    /// `kit/not-found`.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Result<RawReply, Problem> {
        let asked = path.trim_start_matches('/');
        let (page, first) = match asked.split('/').next() {
            Some("shop") => (SHOP, "shop"),
            first => (BACK_OFFICE, first.unwrap_or_default()),
        };
        if self.0.is_empty() && (asked.is_empty() || first == "shop") {
            return response(StatusCode::OK, "text/html; charset=utf-8", Bytes::from_static(UNBUILT.as_bytes()));
        }
        // Files lie at the top and under assets/; deeper down a dot belongs to a name, such as `/messages/templates/invoice.en`. What
        // the API would answer is not a page.
        let is_page = if asked.contains('/') { first != "assets" } else { !asked.contains('.') };
        let fallback = (is_page && first != "api").then_some(page);
        let found = self.0.get(asked).or_else(|| self.0.get(fallback?));
        let (file, tag) = found.ok_or_else(|| Problem::not_found("page", path))?;
        let is_same = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag);
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (encoding, body) = match (file.brotli, file.gzip) {
            (Some(body), _) if accepts(accepted, "br") => (Some("br"), body),
            (_, Some(body)) if accepts(accepted, "gzip") => (Some("gzip"), body),
            _ => (None, file.body),
        };
        let (status, body) = if is_same { (StatusCode::NOT_MODIFIED, &[][..]) } else { (StatusCode::OK, body) };
        let mut reply = response(status, kind(file.path), Bytes::from_static(body))?;
        let head = reply.headers_mut();
        head.insert(header::ETAG, tag.clone());
        head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // Names under assets/ change with their content.
        let keep = if file.path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        if let Some(encoding) = encoding.filter(|_| !is_same) {
            head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Ok(reply)
    }
}

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Result<RawReply, Problem> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, HeaderValue::from_static(kind))
        .header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))
        .header(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"))
        .header(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY"))
        .body(body);
    Ok(response.map_err(|e| Fault::new("a file's head is valid", e))?)
}

/// Whether an `Accept-Encoding` allows `coding`.
fn accepts(list: &str, coding: &str) -> bool {
    list.split(',').any(|part| {
        let (name, quality) = part.trim().split_once(';').unwrap_or((part.trim(), ""));
        name.trim() == coding && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
