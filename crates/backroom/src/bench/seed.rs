//! A plain assortment to order from: products, stock and ways of delivery, through the public API.

use contracts::shared::{ProductId, SiteId};
use serde_json::json;

use super::server::Server;
use crate::Failure;
use testbed::client::Client;

/// Products at a time in one request.
const BULK: usize = 500;

/// The products that are sold.
pub(super) struct Assortment {
    pub(super) products: Vec<ProductId>,
    pub(super) site: SiteId,
}

/// Fills the server: `count` products with `pieces` of each at one site.
pub(super) async fn fill(server: &Server, count: usize, pieces: u32) -> Result<Assortment, Failure> {
    let mut client = Client::connect(&server.address, Some(&server.key)).await?;
    let site = SiteId::from_u128(1 << 64);
    let products: Vec<ProductId> = (1..=count as u128).map(|n| ProductId::from_u128(n << 64)).collect();
    for (part, chunk) in products.chunks(BULK).enumerate() {
        let offer = |(n, id): (usize, &ProductId)| {
            json!({"product": id, "name": format!("Product {part}-{n}"), "unit": "pcs", "tax": 2000, "sold": true,
                "price": {"minor": 100 + (n as i64 * 37) % 5_000, "currency": "EUR"}})
        };
        let offers: Vec<_> = chunk.iter().enumerate().map(offer).collect();
        expect(client.ask("PUT", "/api/orders/offers", &[], &json!({"offers": offers})).await?)?;
        let line =
            |id: &ProductId| json!({"product": id, "quantity": {"milli": i64::from(pieces) * 1000, "unit": "pcs"}});
        let lines: Vec<_> = chunk.iter().map(line).collect();
        let receipt = json!({"site": site, "reference": "opening stock", "lines": lines});
        expect(
            client
                .ask("POST", "/api/inventory/receipts", &[("idempotency-key", &format!("opening-{part}"))], &receipt)
                .await?,
        )?;
    }
    let methods = json!({"methods": [{"code": "courier", "name": "Courier", "fee": {"minor": 490, "currency": "EUR"},
        "tax": 2000, "pick_up": false, "offered": true}]});
    expect(client.ask("PUT", "/api/orders/delivery-methods", &[], &methods).await?)?;
    Ok(Assortment { products, site })
}

/// The answer's body, if it is a success.
pub(super) fn expect((status, body): (u16, serde_json::Value)) -> Result<serde_json::Value, Failure> {
    if (200..300).contains(&status) { Ok(body) } else { Err(format!("answered {status}: {body}").into()) }
}
