//! Custom fields: what the retailer keeps beside, of a cart that is to be ordered and of an order in whatever state.

use std::collections::BTreeMap;

use contracts::orders::{CartId, OrderId};
use contracts::shared::{FieldValue, Fields, check_fields};
use kit::auth::Actor;
use kit::http::{App, IfMatch, Json, Path, Versioned};
use kit::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use super::EDIT;
use super::shop::saved;
use super::views::{CartView, OrderView};
use crate::edit::EditError;
use crate::events::OrderEvent;
use crate::store;

/// Custom fields to keep.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SetFields {
    /// All there shall be, by names of 1 to 40 characters; at most 50. Those not named are gone.
    pub fields: BTreeMap<String, FieldValue>,
}

impl SetFields {
    /// The fields as they are kept: trimmed.
    fn checked(self) -> Result<Fields, Problem> {
        check_fields(&self.fields).map_err(|unfit| Problem::unfit(unfit.field, unfit.what))?;
        let kept = |value| match value {
            FieldValue::Text(text) => FieldValue::Text(text.trim().to_owned()),
            FieldValue::Flag(_) | FieldValue::Number(_) => value,
        };
        let named = self.fields.len();
        let fields: Fields =
            self.fields.into_iter().map(|(name, value)| (name.trim().to_owned(), kept(value))).collect();
        if fields.len() < named {
            return Err(Problem::unfit("twice", "two fields have one name"));
        }
        Ok(fields)
    }
}

/// Sets the custom fields with which a cart will be ordered.
#[utoipa::path(put, path = "/api/orders/carts/{id}/fields", tag = "orders", params(("id" = String, Path)), request_body = SetFields,
    responses((status = 200, body = CartView), (status = "default", body = Problem)))]
pub async fn cart_fields_set(
    app: App,
    actor: Actor,
    Path(id): Path<CartId>,
    Json(body): Json<SetFields>,
) -> Result<Versioned<CartView>, Problem> {
    let fields = body.checked()?;
    let cart = app
        .write(&actor, move |tx| {
            let mut cart = store::cart(tx, id)?;
            cart.open()?;
            cart.content.fields.clone_from(&fields);
            saved(tx, cart)
        })
        .await?;
    Ok(Versioned(cart.version, CartView::of(&cart)?))
}

/// Sets the custom fields of an order, whatever its state: they change neither goods nor money. Set so before: nothing changes.
#[utoipa::path(put, path = "/api/orders/{id}/fields", tag = "orders", params(("id" = String, Path), IfMatch), request_body = SetFields,
    responses((status = 200, body = OrderView), (status = 409, description = "`orders/contact-erased`.", body = Problem),
        (status = "default", body = Problem)))]
pub async fn order_fields_set(
    app: App,
    actor: Actor,
    Path(id): Path<OrderId>,
    at: IfMatch,
    Json(body): Json<SetFields>,
) -> Result<Versioned<OrderView>, Problem> {
    let fields = body.checked()?;
    let who = actor.clone();
    let (order, contact, fields) = app
        .write(&actor, move |tx| {
            let mut order = store::order(tx, id)?;
            who.may(EDIT, Some(order.site))?;
            at.check(order.version)?;
            // Fields may speak of the person who was forgotten.
            let (contact, present) = store::contact_and_fields(tx, id)?;
            let contact = contact.ok_or(EditError::Erased)?;
            if present != fields {
                let person = id.to_string();
                let sealed = tx.seal(&person, &fields)?;
                order.version = tx.record(id, order.version, OrderEvent::FieldsSet { person, fields: sealed })?;
            }
            Ok((order, contact, fields.clone()))
        })
        .await?;
    Ok(Versioned(order.version, OrderView { fields, ..OrderView::of(&order, Some(contact))? }))
}
