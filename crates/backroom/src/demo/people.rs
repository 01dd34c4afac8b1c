//! The demo's customers. Their names are put together from parts that nobody is called.

use serde_json::{Value, json};

use super::chance::Chance;
use super::hand::Hand;
use crate::Failure;

const FIRST: [&str; 20] = [
    "Ada", "Bohdan", "Daryna", "Emil", "Hanna", "Ihor", "Kateryna", "Leo", "Maria", "Nazar", "Oksana", "Petro",
    "Roman", "Solomiya", "Taras", "Uliana", "Viktor", "Yana", "Zlata", "Orest",
];
const LAST: [&str; 15] = [
    "Testenko",
    "Prykladko",
    "Sampleton",
    "Placeholderenko",
    "Zrazkova",
    "Demonstrova",
    "Vydumko",
    "Exampleson",
    "Shablonska",
    "Fiktyvna",
    "Makhetko",
    "Probna",
    "Nemovych",
    "Umovna",
    "Imitenko",
];

/// Customers who are known twice.
const DUPLICATES: [usize; 3] = [7, 28, 66];

/// Somebody who orders.
pub(super) struct Customer {
    pub(super) contact: Value,
}

/// The customer number `n`.
fn customer(n: usize) -> (Value, Customer) {
    let (first, last) = (FIRST[n % FIRST.len()], LAST[(n / FIRST.len() + n) % LAST.len()]);
    let name = format!("{first} {last}");
    let phone = format!("+380440{n:06}");
    let email = format!("{}.{}{n}@customer.example", first.to_lowercase(), last.to_lowercase());
    let (lines, city) = (json!([format!("Exhibit Street {}", n % 90 + 1)]), "Sampleville");
    let postcode = format!("0{:04}", 1000 + n % 14);
    let language = if n.is_multiple_of(3) { "en" } else { "uk" };
    let body = json!({"ref": {"system": "demo", "id": format!("customer-{n}")}, "name": name, "phone": phone, "email": email,
        "language": language, "addresses": [{"label": "home", "lines": lines, "city": city, "postcode": postcode}]});
    let contact =
        json!({"name": name, "phone": phone, "email": email, "address": lines, "city": city, "postcode": postcode});
    (body, Customer { contact })
}

/// Makes `known` customers, and thinks of some more who are not known yet.
pub(super) async fn customers(founder: &Hand, known: usize, new: usize) -> Result<Vec<Customer>, Failure> {
    let mut all = Vec::new();
    let mut bodies = Vec::new();
    for n in 0..known + new {
        let (body, customer) = customer(n);
        all.push(customer);
        if n < known {
            bodies.push(body);
        }
    }
    // A till wrote some regulars down a second time: somebody may find out that both are one.
    for n in DUPLICATES.into_iter().filter(|n| *n < known) {
        let (body, _) = customer(n);
        let id = json!({"system": "till", "id": format!("card-{n}")});
        bodies.push(json!({"ref": id, "name": body["name"], "phone": body["phone"], "tags": ["club"]}));
    }
    for (part, chunk) in bodies.chunks(250).enumerate() {
        founder.post("/api/customers/import", &format!("customers-{part}"), &json!({"customers": chunk})).await?;
    }
    Ok(all)
}

impl Customer {
    /// The contact of an order that is fetched: no address.
    pub(super) fn without_address(&self) -> Value {
        let mut contact = self.contact.clone();
        contact["address"] = json!([]);
        for part in ["city", "postcode"] {
            contact[part] = Value::Null;
        }
        contact
    }
}

/// Somebody, regulars more often.
pub(super) fn somebody<'a>(customers: &'a [Customer], chance: &mut Chance) -> &'a Customer {
    let bound = if chance.once_in(3) { customers.len() } else { customers.len() / 5 + 1 };
    &customers[chance.below(bound.max(1))]
}
