//! The one list of services. To add a service is to add a line here.

use std::io::Write;

use kit::service::Service;

use crate::Failure;

/// Every service there is.
pub(crate) fn all() -> Vec<Service> {
    vec![
        catalog::service(),
        pricing::service(),
        customers::service(),
        inventory::service(),
        orders::service(),
        payments::service(),
        delivery::service(),
        processes::service(),
        contact::service(),
        rules::service(),
        finance::service(),
        notices::service(),
        staff::service(),
        insight::service(),
        gateway::service(),
    ]
}

/// The names of all services.
pub(crate) fn names() -> Vec<&'static str> {
    all().iter().map(|service| service.name).collect()
}

/// The services named in `text`, separated by commas; `all` is all.
pub(crate) fn chosen(text: &str) -> Result<Vec<Service>, String> {
    if text == "all" {
        return Ok(all());
    }
    let mut rest = all();
    let mut chosen = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match rest.iter().position(|service| service.name == name) {
            Some(place) => chosen.push(rest.swap_remove(place)),
            None if names().contains(&name) => return Err(format!("{name} is named twice")),
            None => return Err(format!("there is no service {name}; there are {}", names().join(", "))),
        }
    }
    if chosen.is_empty() { Err("no service is named".to_owned()) } else { Ok(chosen) }
}

/// Prints the names of all services.
pub(crate) fn print() -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for name in names() {
        writeln!(out, "{name}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_roles_give_is_what_services_ask_for() {
        let services = all();
        for given in staff::permissions_of_roles() {
            let name = given.split('.').next().unwrap_or_default();
            let Some(service) = services.iter().find(|service| service.name == name) else { continue };
            let known =
                given.ends_with(".*") || service.permissions.iter().any(|(permission, _)| permission.0 == given);
            assert!(known, "a role gives {given}, which {name} never asks for");
        }
    }
}
