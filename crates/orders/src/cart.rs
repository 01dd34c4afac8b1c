//! A cart: scratch until it is placed. Every line keeps the price that the shopper saw.

use std::time::Duration;

use contracts::orders::{CartId, Channel, OrderId};
use contracts::rules::DecisionRecord;
use contracts::shared::{CustomerId, Fields, SiteId};
use kit::money::{Currency, Money};
use kit::problem::{Problem, Refusal};
use kit::quantity::Quantity;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fee::{Question, weight_g};
use crate::price::{DeliveryMethod, Offer, PriceError, PricedLine, goods, price};

/// A cart that nobody touches is forgotten after this.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// One that holds an address or custom fields is forgotten after this: no erasure reaches a guest's, nor one that was begun for somebody who is
/// forgotten meanwhile.
pub const KEPT_OF_PEOPLE: Duration = Duration::from_secs(3 * 24 * 3600);
/// Lines that a cart may have.
pub const MOST_LINES: usize = 200;

/// A cart.
#[derive(Debug, Clone, PartialEq)]
pub struct Cart {
    /// Its id, which only its owner knows.
    pub id: CartId,
    /// Counts changes, from 1.
    pub version: i64,
    /// What is in it.
    pub content: Content,
    /// The order that was made of it.
    pub order: Option<OrderId>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// The order that becomes of cart `id`: at most one, because its id follows from the cart's.
pub fn order_of(id: CartId) -> OrderId {
    id.derived("order", 0)
}

/// What is in a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The currency of all its prices.
    pub currency: Currency,
    /// The products, in the order they were added.
    pub lines: Vec<PricedLine>,
    /// How the goods reach the customer, once chosen.
    pub delivery: Option<Delivery>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Channel::is_web")]
    pub channel: Channel,
    /// For whom, where somebody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// What the retailer wants to keep beside. May be personal data.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub fields: Fields,
}

/// How the goods reach the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The way.
    pub method: DeliveryMethod,
    /// Who gets them and where.
    pub contact: Contact,
    /// The store where they are picked up.
    pub site: Option<SiteId>,
    /// What the decision said to the fee in `method`; none where that is the method's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<DecisionRecord>,
}

/// Who gets the goods, and where. Personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// The name, 1 to 200 characters.
    pub name: String,
    /// The telephone number, up to 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address, up to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address in lines, at most 6 of up to 200 characters; empty for pick-up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
    /// The city, up to 100 characters, where the address is given in parts; the street is in `address` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The postal code, up to 16 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// The country as two capital letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The language that the customer wrote in, e.g. `uk`, 2 to 8 small letters and dashes; mails are written in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Why a cart was not changed.
#[derive(Debug, thiserror::Error)]
pub enum CartError {
    /// It has become an order.
    #[error("the cart has become order {order}")]
    Placed {
        /// Which.
        order: OrderId,
    },
    /// Too many lines.
    #[error("a cart has at most {MOST_LINES} lines")]
    Full,
    /// No such way of delivery.
    #[error("delivery method {0} is not offered")]
    NoSuchMethod(String),
    /// Name, address or means of contact missing or too long.
    #[error("{what}")]
    Contact {
        /// In a word.
        field: &'static str,
        /// In a sentence.
        what: &'static str,
    },
    /// No price.
    #[error(transparent)]
    Price(#[from] PriceError),
}

impl Refusal for CartError {
    fn problem(&self) -> Problem {
        match self {
            CartError::Placed { order } => Problem::conflict("orders/cart-placed", "This cart has become an order.")
                .with("order", order.to_string()),
            CartError::Full => Problem::conflict("orders/cart-full", "This cart is full.")
                .detail(self.to_string())
                .with("most", MOST_LINES),
            CartError::NoSuchMethod(_) => Problem::unfit("method", self.to_string()),
            CartError::Contact { field, what } => Problem::unfit(field, *what),
            CartError::Price(error) => error.problem(),
        }
    }
}

impl Cart {
    /// Refuses when an order was made of the cart.
    pub fn open(&self) -> Result<(), CartError> {
        match self.order {
            Some(order) => Err(CartError::Placed { order }),
            None => Ok(()),
        }
    }
}

impl Content {
    /// How long it is kept when nobody touches it.
    pub fn kept(&self) -> Duration {
        let is_personal = self.delivery.is_some() || !self.fields.is_empty();
        if is_personal { KEPT_OF_PEOPLE } else { KEPT }
    }

    /// Sets the quantity of an offer; `None` takes the line out.
    pub fn set_line(&mut self, offer: &Offer, quantity: Option<Quantity>) -> Result<(), CartError> {
        let position = self.lines.iter().position(|line| line.product == offer.product);
        match (position, quantity) {
            (Some(position), None) => drop(self.lines.remove(position)),
            (None, None) => {}
            (Some(position), Some(quantity)) => self.lines[position] = price(offer, quantity)?,
            (None, Some(_)) if self.lines.len() >= MOST_LINES => return Err(CartError::Full),
            (None, Some(quantity)) => {
                if offer.price.currency != self.currency {
                    if !self.lines.is_empty() {
                        return Err(PriceError::NotSold { product: offer.product }.into());
                    }
                    self.currency = offer.price.currency;
                }
                self.lines.push(price(offer, quantity)?);
            }
        }
        Ok(())
    }

    /// Goods, delivery and both together.
    pub fn totals(&self) -> Result<Totals, PriceError> {
        let goods = goods(self.currency, &self.lines)?;
        let delivery = self.delivery.as_ref().map_or(Money::zero(self.currency), |delivery| delivery.method.fee);
        Ok(Totals { goods, delivery, total: goods.add(delivery)? })
    }

    /// What its delivery fee depends on; none before a way of delivery is chosen.
    pub fn fee_question(
        &self,
        offers: &[Offer],
        methods: &[DeliveryMethod],
        region: &str,
    ) -> Result<Option<Question>, CartError> {
        let Some(chosen) = &self.delivery else { return Ok(None) };
        let method = methods.iter().find(|method| method.code == chosen.method.code && method.offered);
        let method = method.ok_or_else(|| CartError::NoSuchMethod(chosen.method.code.clone()))?;
        Ok(Some(Question {
            method: method.clone(),
            goods: goods(self.currency, &self.lines)?,
            weight_g: weight_g(&self.lines, offers),
            region: region.to_owned(),
        }))
    }

    /// The same content at the prices and delivery terms of now; what delivery costs is another question (`fee::asked`).
    pub fn repriced(&self, offers: &[Offer], methods: &[DeliveryMethod]) -> Result<Content, CartError> {
        let mut lines = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let offer = offers.iter().find(|offer| offer.product == line.product);
            let offer = offer.ok_or(PriceError::NotSold { product: line.product })?;
            let mut now = price(offer, line.quantity)?;
            if now.unit_price == line.unit_price {
                // A new spelling of the name is no new price.
                now.name.clone_from(&line.name);
            }
            lines.push(now);
        }
        let mut delivery = self.delivery.clone();
        if let Some(chosen) = &mut delivery {
            let now = methods.iter().find(|method| method.code == chosen.method.code && method.offered);
            let now = now.ok_or_else(|| CartError::NoSuchMethod(chosen.method.code.clone()))?;
            if (now.tax, now.pick_up) != (chosen.method.tax, chosen.method.pick_up) {
                chosen.method = DeliveryMethod { fee: chosen.method.fee, ..now.clone() };
            }
        }
        Ok(Content { lines, delivery, ..self.clone() })
    }
}

/// What a cart or an order comes to, with tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    /// The lines together.
    pub goods: Money,
    /// The delivery.
    pub delivery: Money,
    /// Both.
    pub total: Money,
}

/// Whether `code` may name a language: 2 to 8 small letters and dashes.
pub fn is_language(code: &str) -> bool {
    (2..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// Checks what a shopper wrote about who gets the goods and where.
pub fn check_contact(contact: &Contact, method: &DeliveryMethod, site: Option<SiteId>) -> Result<(), CartError> {
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    let unfit = |field, what| Err(CartError::Contact { field, what });
    if !fits(&contact.name, 200) {
        return unfit("name", "a name of 1 to 200 characters is needed");
    }
    let phone = contact.phone.as_deref().is_some_and(|phone| fits(phone, 40));
    let email = contact.email.as_deref().is_some_and(|email| fits(email, 200) && email.contains('@'));
    if !phone && !email {
        return unfit("reach", "a telephone number or an e-mail address is needed");
    }
    if contact.phone.is_some() && !phone || contact.email.is_some() && !email {
        return unfit("reach-wrong", "the telephone number or the e-mail address is not one");
    }
    if contact.address.len() > 6 || contact.address.iter().any(|line| line.chars().count() > 200) {
        return unfit("address", "an address has at most 6 lines of 200 characters");
    }
    let parts = [(&contact.city, 100), (&contact.postcode, 16), (&contact.country, 2)];
    if !parts.into_iter().all(|(part, most)| part.as_deref().is_none_or(|part| fits(part, most))) {
        return unfit("place", "city, postal code or country is too long or empty");
    }
    if !contact.language.as_deref().is_none_or(is_language) {
        return unfit("language", "a language is a code of 2 to 8 small letters and dashes");
    }
    if method.pick_up && site.is_none() {
        return unfit("site", "choose the store where the goods are picked up");
    }
    if !method.pick_up && !contact.address.iter().any(|line| fits(line, 200)) {
        return unfit("address", "an address is needed for delivery");
    }
    Ok(())
}
