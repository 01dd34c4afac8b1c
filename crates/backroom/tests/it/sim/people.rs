//! The people of the whole house: agents who work off their calls, clerks who pick, pack and hand over, a driver. They do the next
//! best thing; what is not answered they look at again some time.

use std::sync::Arc;

use contracts::shared::SiteId;
use kit::auth::{Actor, Grant};
use kit::http::KEY_HEADER;
use kit::testing::Answer;
use serde_json::{Value, json};

use super::Shop;
use super::actors::{Acting, SITES, edit, expect, pieces, products};

const AGENTS: usize = 2;
const CLERKS: usize = 3;

/// What people may be told when they come too late, ask for what is gone, or what is unwise.
const SAID: [u16; 5] = [200, 201, 404, 409, 412];

/// Who sells is known before the first invoice.
pub async fn open(shop: &Shop) {
    let seller = json!({"name": "Test Shop Ltd", "address": ["1 Sample Street", "00000 Exampleton"]});
    let headers = [("if-match", "\"0\"")];
    let answer = shop.world.insist(&shop.admin(), "PUT", "/api/finance/seller", &headers, &seller).await;
    expect(&answer, &[200]);
}

/// The contact center, the stores and the road.
pub fn all(shop: &Shop) -> Vec<Acting> {
    let mut people: Vec<Acting> = Vec::new();
    for n in 0..AGENTS {
        let shop = shop.clone();
        people.push(Box::pin(async move {
            while !shop.is_closing() {
                shop.wait(4_000).await;
                call(&shop, &person(&shop, "agent", n)).await;
            }
        }));
    }
    for n in 0..CLERKS {
        let shop = shop.clone();
        people.push(Box::pin(async move {
            while !shop.is_closing() {
                shop.wait(2_000).await;
                let clerk = person(&shop, "clerk", n);
                if shop.chance(20) {
                    take_in(&shop, &clerk).await;
                } else {
                    pick(&shop, &clerk).await;
                }
            }
        }));
    }
    let shop = shop.clone();
    people.push(Box::pin(async move {
        while !shop.is_closing() {
            shop.wait(8_000).await;
            drive(&shop, &person(&shop, "driver", 0)).await;
        }
    }));
    people
}

/// Somebody of the staff.
fn person(shop: &Shop, role: &str, n: usize) -> Actor {
    let all = Grant { permission: "*".to_owned(), site: None };
    let request_id = format!("{:016x}", shop.runtime().random_u64());
    Actor { name: format!("person:{role}-{n}"), grants: Arc::new([all]), request_id }
}

fn any<'a>(shop: &Shop, list: &'a Value) -> Option<&'a Value> {
    let list = list.as_array().filter(|list| !list.is_empty())?;
    list.get(usize::try_from(shop.below(list.len() as u64)).ok()?)
}

async fn get(shop: &Shop, who: &Actor, path: &str) -> Option<Value> {
    let answer = shop.world.request(who, "GET", path, &[], &Value::Null).await.ok()?;
    expect(&answer, &[200, 404]);
    (answer.status == 200).then_some(answer.body)
}

async fn post(shop: &Shop, who: &Actor, path: &str, headers: &[(&str, &str)], body: &Value) -> Option<Answer> {
    let answer = shop.world.request(who, "POST", path, headers, body).await.ok()?;
    expect(&answer, &SAID);
    (answer.status < 300).then_some(answer)
}

fn key(shop: &Shop) -> String {
    format!("{:016x}", shop.runtime().random_u64())
}

/// An agent takes the next call and ends it, or not.
async fn call(shop: &Shop, agent: &Actor) -> Option<()> {
    let call = post(shop, agent, "/api/contact/next", &[], &json!({})).await?.body;
    let path = format!("/api/contact/calls/{}", call["id"].as_str()?);
    shop.wait(20_000).await;
    let reached = shop.chance(80);
    let attempt = json!({"outcome": if reached { "reached" } else { "no_answer" }});
    let attempt_key = key(shop);
    post(shop, agent, &format!("{path}/attempts"), &[(KEY_HEADER, &attempt_key)], &attempt).await?;
    if !reached {
        let at = shop.runtime().now() + std::time::Duration::from_secs(60 + shop.below(600));
        let callback = json!({"at": at, "reason": "no_answer"});
        post(shop, agent, &format!("{path}/callback"), &[], &callback).await?;
        return Some(());
    }
    if shop.chance(25) {
        change(shop, agent, call["order"].as_str()?).await;
    }
    let ends = if call["why"] == "confirm" { "confirm" } else { "resolve" };
    let (end, body) = match shop.below(12) {
        0 => ("cancel", json!({"reason": "customer"})),
        1 => ("release", json!({})),
        _ => (ends, json!({})),
    };
    post(shop, agent, &format!("{path}/{end}"), &[], &body).await?;
    Some(())
}

/// The customer wants something else.
async fn change(shop: &Shop, agent: &Actor, order: &str) -> Option<()> {
    let path = format!("/api/orders/{order}");
    let seen = shop.world.request(agent, "GET", &path, &[], &Value::Null).await.ok()?;
    expect(&seen, &[200, 404]);
    let version = format!("\"{}\"", seen.version?);
    post(shop, agent, &format!("{path}/edit"), &[("if-match", version.as_str())], &edit(shop, &seen.body)).await?;
    Some(())
}

/// A clerk does the next step of some pick.
async fn pick(shop: &Shop, clerk: &Actor) -> Option<()> {
    let site = SiteId::from_u128(u128::from(1 + shop.below(SITES as u64)) << 64);
    let list = get(shop, clerk, &format!("/api/inventory/picks?site={site}&limit=50")).await?;
    let chosen = any(shop, &list["picks"])?;
    let path = format!("/api/inventory/picks/{}", chosen["id"].as_str()?);
    let view = get(shop, clerk, &path).await?;
    shop.wait(5_000).await;
    match view["state"].as_str()? {
        "open" | "picking" => {
            let view = post(shop, clerk, &format!("{path}/take"), &[], &json!({})).await?.body;
            let items = view["items"].as_array()?;
            if shop.chance(12) {
                return short(shop, clerk, &path, any(shop, &view["items"])?).await;
            }
            let found = |item: &Value| json!({"product": item["product"], "picked": item["asked"]});
            let lines: Vec<Value> = items.iter().map(found).collect();
            post(shop, clerk, &format!("{path}/lines"), &[], &json!({"lines": lines})).await?;
        }
        "picked" => drop(post(shop, clerk, &format!("{path}/pack"), &[], &json!({"parcels": 1})).await?),
        "packed" => drop(post(shop, clerk, &format!("{path}/hand-over"), &[], &json!({})).await?),
        _ => drop(post(shop, clerk, &format!("{path}/put-back"), &[], &json!({})).await?),
    }
    Some(())
}

/// A clerk takes in what comes back.
async fn take_in(shop: &Shop, clerk: &Actor) -> Option<()> {
    let site = SiteId::from_u128(u128::from(1 + shop.below(SITES as u64)) << 64);
    let list = get(shop, clerk, &format!("/api/inventory/returns?site={site}")).await?;
    let chosen = any(shop, &list["returns"])?;
    let path = format!("/api/inventory/returns/{}", chosen["id"].as_str()?);
    let item = any(shop, &chosen["items"])?;
    let lines = if shop.chance(30) {
        json!([{"product": item["product"], "whole": pieces(0), "damaged": pieces(1)}])
    } else {
        json!([])
    };
    let version = format!("\"{}\"", chosen["version"]);
    let headers = [("if-match", version.as_str())];
    post(shop, clerk, &format!("{path}/receive"), &headers, &json!({"lines": lines})).await?;
    Some(())
}

/// Some of what was asked for is not on the shelf.
async fn short(shop: &Shop, clerk: &Actor, path: &str, item: &Value) -> Option<()> {
    let open = item["asked"]["milli"].as_i64()? - item["picked"]["milli"].as_i64()?;
    let missing = pieces(1 + shop.below(u64::try_from(open / 1000).ok()?.max(1)));
    let other = products()[usize::try_from(shop.below(products().len() as u64)).ok()?];
    let mut body = json!({"product": item["product"], "missing": missing});
    match shop.below(3) {
        0 => body["how"] = json!("agent"),
        _ if json!(other) == item["product"] => body["how"] = json!("drop"),
        1 => body["how"] = json!("drop"),
        _ => {
            body["how"] = json!("substitute");
            body["substitute"] = json!(other);
        }
    }
    if shop.chance(50) {
        body["counted"] = pieces(shop.below(2));
    }
    let report_key = key(shop);
    post(shop, clerk, &format!("{path}/short"), &[(KEY_HEADER, &report_key)], &body).await?;
    Some(())
}

/// The driver is at some door.
async fn drive(shop: &Shop, driver: &Actor) -> Option<()> {
    let list = get(shop, driver, "/api/delivery/shipments?limit=50").await?;
    let chosen = any(shop, &list["shipments"])?;
    let version = format!("\"{}\"", chosen["version"]);
    let path = format!("/api/delivery/shipments/{}", chosen["id"].as_str()?);
    let (step, body) = match (shop.below(8), chosen["state"].as_str()?) {
        (0 | 1, _) => ("fail", json!({"reason": "nobody_there"})),
        (2, "failed") => ("take-back", json!({})),
        _ => ("deliver", json!({})),
    };
    post(shop, driver, &format!("{path}/{step}"), &[("if-match", &version)], &body).await?;
    Some(())
}
