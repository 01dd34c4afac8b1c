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
    document.merge(gateway::edge::described());
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    #[test]
    fn two_services_do_not_give_one_name_to_two_things() {
        let mut known: BTreeMap<String, (Value, &str)> = BTreeMap::new();
        for service in services::all() {
            let (_, part) = (service.routes)().split_for_parts();
            for (name, schema) in part.components.map(|all| all.schemas).unwrap_or_default() {
                let schema = serde_json::to_value(&schema).unwrap();
                if let Some((earlier, speaker)) = known.get(&name) {
                    assert_eq!(&schema, earlier, "{name} is one thing in {speaker} and another in {}", service.name);
                } else {
                    known.insert(name, (schema, service.name));
                }
            }
        }
    }

    #[test]
    fn whatever_is_referred_to_is_described() {
        let document = serde_json::to_value(document()).unwrap();
        let mut open = vec![&document];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                        let pointer = name.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{name} is referred to and not described");
                    }
                    open.extend(members.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}
