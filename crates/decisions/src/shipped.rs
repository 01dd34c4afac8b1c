//! The decisions that come with the product: what counts until somebody publishes something else.

/// A decision as shipped.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// Its key.
    pub key: &'static str,
    /// What it is about, for people.
    pub title: &'static str,
    /// Its DMN document.
    pub xml: &'static str,
}

/// All of them.
pub const ALL: &[Shipped] = &[
    Shipped { key: "delivery-fee", title: "What delivery costs", xml: include_str!("../shipped/delivery-fee.dmn") },
    Shipped {
        key: "needs-confirming",
        title: "Which orders the contact center calls about",
        xml: include_str!("../shipped/needs-confirming.dmn"),
    },
    Shipped {
        key: "sourcing",
        title: "How sites are weighed for an order",
        xml: include_str!("../shipped/sourcing.dmn"),
    },
];

/// The decision `key` as shipped.
#[must_use]
pub fn find(key: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.key == key)
}
