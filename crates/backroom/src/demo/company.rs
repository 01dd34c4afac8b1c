//! The demo's retailer: company, sites, staff of every role, ways of delivery. All names are invented.

use contracts::shared::SiteId;
use serde_json::json;

use super::hand::Hand;
use crate::Failure;

/// The password of everybody in the demo.
pub(super) const PASSWORD: &str = "demo";

/// The company's clock, and that of all its sites.
pub(super) const ZONE: &str = "Europe/Kyiv";

/// Stores and warehouses: code, name, region, whether it is a store.
const SITES: [(&str, &str, &str, bool); 14] = [
    ("W1", "Warehouse North", "north", false),
    ("W2", "Warehouse South", "south", false),
    ("S01", "Riverside", "north", true),
    ("S02", "Old Mill", "north", true),
    ("S03", "Station Square", "north", true),
    ("S04", "Harbour Gate", "south", true),
    ("S05", "Orchard Lane", "south", true),
    ("S06", "Market Hall", "centre", true),
    ("S07", "Hilltop", "centre", true),
    ("S08", "Lakeside", "centre", true),
    ("S09", "Linden Park", "centre", true),
    ("S10", "Garden Row", "south", true),
    ("S11", "Sunny Side", "south", true),
    ("S12", "Lighthouse", "south", true),
];

/// Staff: login, name, role, whether at the first store only.
const STAFF: [(&str, &str, &str, bool); 10] = [
    ("agent", "Ada Agentova", "agent", false),
    ("agent2", "Oles Telefonko", "agent", false),
    ("supervisor", "Sofia Supervisenko", "supervisor", false),
    ("clerk", "Klara Clerkova", "clerk", true),
    ("clerk2", "Pavlo Polychka", "clerk", false),
    ("driver", "Danylo Driverenko", "driver", false),
    ("merchandiser", "Mira Merchandova", "merchandiser", false),
    ("finance", "Fedir Financenko", "finance", false),
    ("manager", "Marta Managerova", "manager", false),
    ("admin", "Anton Adminenko", "admin", false),
];

/// Who can sign in, and as what.
pub(crate) fn logins() -> impl Iterator<Item = (String, &'static str)> {
    STAFF.into_iter().map(|(login, _, role, _)| (address(login), role))
}

fn address(login: &str) -> String {
    format!("{login}@demo.example")
}

/// A site of the demo.
#[derive(Clone)]
pub(super) struct Site {
    pub(super) id: SiteId,
    pub(super) code: &'static str,
    pub(super) is_store: bool,
}

/// Those whose hands are needed.
pub(super) struct Staff {
    pub(super) agents: Vec<Hand>,
    pub(super) clerk: Hand,
    pub(super) driver: Hand,
}

/// Makes the company and its sites.
pub(super) async fn sites(founder: &Hand) -> Result<Vec<Site>, Failure> {
    let company = json!({"name": "Pryklad Retail (demo)", "address": ["Showcase Street 1", "00001 Sampleville"],
        "tax_number": "DEMO-000001", "currency": "EUR", "zone": ZONE, "country": "UA"});
    founder.put_at("/api/staff/company", 0, &company).await?;
    let mut sites = Vec::new();
    let mut bodies = Vec::new();
    for (n, (code, name, region, is_store)) in SITES.into_iter().enumerate() {
        let id = SiteId::from_u128((n as u128 + 1) << 64);
        sites.push(Site { id, code, is_store });
        bodies.push(json!({"id": id, "code": code, "name": name, "kind": if is_store { "store" } else { "warehouse" },
            "address": [format!("{name} {}", n + 1), format!("0{:04} Sampleville", 1000 + n)], "region": region,
            "zone": ZONE, "pick_up": is_store, "open": true}));
    }
    founder.post("/api/staff/sites", "sites", &json!({"sites": bodies})).await?;
    Ok(sites)
}

/// Makes the staff and gives back those who work in the past.
pub(super) async fn staff(founder: &Hand, sites: &[Site], named: impl Fn(&str) -> Hand) -> Result<Staff, Failure> {
    let first_store = sites.iter().find(|site| site.is_store).map(|site| site.id);
    let mut hands = std::collections::HashMap::new();
    for (login, name, role, at_one) in STAFF {
        let role = if at_one { json!({"role": role, "sites": [first_store]}) } else { json!({"role": role}) };
        let body = json!({"login": address(login), "name": name, "password": PASSWORD, "roles": [role]});
        let person = founder.post("/api/staff/people", login, &body).await?;
        let id = person["id"].as_str().ok_or("a person has an id")?;
        hands.insert(login, named(&format!("person:{id}")));
    }
    let mut take = |login| hands.remove(login).ok_or("a member of the staff is missing");
    Ok(Staff { agents: vec![take("agent")?, take("agent2")?], clerk: take("clerk2")?, driver: take("driver")? })
}
