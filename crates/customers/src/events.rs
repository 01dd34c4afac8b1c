//! The journal events of customers, and the public events made of them. What is personal is sealed under the customer's key.

use contracts::customers;
use contracts::orders::OrderId;
use contracts::shared::CustomerId;
use kit::bus::PublicEvent;
use kit::journal::{Event, Published, Recorded};
use kit::private::Private;
use kit::problem::Fault;
use kit::store::Tx;
use kit::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::customer::{Profile, Status};
use crate::store;

/// What can happen. The entity is the customer, and for `OrderLinked` the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerEvent {
    /// A customer is new, or something else is known of them.
    CustomerSet {
        /// Whether one may deal with them.
        status: Status,
        /// What is known of them from now on.
        known: Private<Known>,
    },
    /// A customer is new, and known by an order, which is theirs.
    CustomerCame {
        /// What is known of them.
        known: Private<Known>,
        /// Which order.
        order: OrderId,
    },
    /// Somebody of the staff noted something about them.
    NoteAdded {
        /// What.
        text: Private<String>,
        /// When and by whom, where that was before it became this customer's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        noted: Option<Noted>,
    },
    /// They agreed to something, or took that back.
    ConsentNoted {
        /// To what.
        purpose: String,
        /// Whether they agreed.
        given: bool,
        /// Whether marketing messages are welcome from now on.
        may_advertise: bool,
        /// When they said so.
        at: Timestamp,
        /// How, in words.
        how: Private<String>,
        /// Who noted it, where that was before it became this customer's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// It is known whose this order is.
    OrderLinked {
        /// Whose.
        customer: CustomerId,
    },
    /// All that was known of them is gone.
    CustomerErased {
        /// Their orders.
        orders: Vec<OrderId>,
    },
    /// They are another customer, who has all that was known of them from now on.
    CustomerMerged {
        /// Who.
        into: CustomerId,
        /// Orders that become the other's; many are told in several events.
        orders: Vec<OrderId>,
    },
}

/// When and by whom a note was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Noted {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
}

/// What is known of a customer, and what they are found by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) profile: Profile,
    pub(crate) terms: Vec<String>,
}

impl Event for CustomerEvent {
    fn kind(&self) -> &'static str {
        match self {
            CustomerEvent::CustomerSet { .. } => "customer_set",
            // What others hear of it has the contract's name.
            CustomerEvent::CustomerCame { .. } => customers::OrderLinked::KIND,
            CustomerEvent::NoteAdded { .. } => "note_added",
            CustomerEvent::ConsentNoted { .. } => "consent_noted",
            CustomerEvent::OrderLinked { .. } => customers::OrderLinked::KIND,
            CustomerEvent::CustomerErased { .. } => customers::CustomerErased::KIND,
            CustomerEvent::CustomerMerged { .. } => customers::CustomerMerged::KIND,
        }
    }

    fn apply(&self, recorded: &Recorded<Self>, tx: &mut Tx<'_>) -> Result<(), Fault> {
        store::apply(tx, recorded)
    }

    fn publish(recorded: &Recorded<Self>) -> Option<Published> {
        match &recorded.event {
            CustomerEvent::OrderLinked { customer } => {
                let order = recorded.entity.parse().expect("the entity of a link is an order");
                Some(customers::OrderLinked { order, customer: *customer }.published())
            }
            CustomerEvent::CustomerCame { order, .. } => {
                let customer = recorded.entity.parse().expect("who has come is a customer");
                Some(customers::OrderLinked { order: *order, customer }.published())
            }
            CustomerEvent::CustomerErased { orders } => {
                let customer = recorded.entity.parse().expect("the entity of an erasure is a customer");
                Some(customers::CustomerErased { customer, orders: orders.clone() }.published())
            }
            CustomerEvent::CustomerMerged { into, orders } => {
                let customer = recorded.entity.parse().expect("the entity of a merging is a customer");
                Some(customers::CustomerMerged { customer, into: *into, orders: orders.clone() }.published())
            }
            CustomerEvent::CustomerSet { .. }
            | CustomerEvent::NoteAdded { .. }
            | CustomerEvent::ConsentNoted { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kit::testing::samples;

    use super::*;

    #[test]
    fn the_sample_journal_has_every_event_as_it_is_written_today() {
        let bodies = samples::written_today::<CustomerEvent>(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
        let names: BTreeSet<String> =
            bodies.iter().map(|body| body.as_object().unwrap().keys().next().unwrap().clone()).collect();
        assert_eq!(names, samples::variants::<CustomerEvent>());
    }
}
