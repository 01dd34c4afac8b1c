//! The API's description: what every service says of its own endpoints, in one document.

use std::io::Write;

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, InfoBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};

use crate::{Failure, services};

/// The document of all services.
pub(crate) fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Backroom")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The API of Backroom. A refusal is a problem (RFC 9457) whose `type` is a page that says what happened and what to do.",
        ))
        .build();
    let mut components = Components::new();
    components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let mut document = OpenApiBuilder::new().info(info).components(Some(components)).build();
    for service in services::all() {
        let (_, part) = (service.routes)().split_for_parts();
        document.merge(part);
    }
    // A stranger may do what needs no permission.
    document.security =
        Some(vec![SecurityRequirement::default(), SecurityRequirement::new::<&str, [&str; 0], &str>("key", [])]);
    document
}

/// Writes the document, readable and always in the same order.
pub(crate) fn print() -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{}", document().to_pretty_json()?)?;
    Ok(())
}
