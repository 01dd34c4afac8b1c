//! What `contact` tells: how calls with customers went.

use kit::bus::PublicEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::OrderId;

/// A call about an order ended the contact center's work on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallEnded {
    /// The order.
    pub order: OrderId,
    /// `confirmed`, `cancelled` or `resolved`.
    pub outcome: String,
    /// How many attempts it took.
    pub attempts: i64,
}

impl PublicEvent for CallEnded {
    const SOURCE: &'static str = "contact";
    const KIND: &'static str = "call_ended";
}
