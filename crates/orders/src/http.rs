//! The endpoints of orders: what goes over the wire, and handlers that translate.

mod back_office;
mod fields;
mod follow;
mod internal;
mod lists;
mod shop;
mod sourcing;
mod views;

use kit::auth::Permission;
use kit::http::App;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// See orders.
pub const READ: Permission = Permission("orders.read");
/// Set what is sold at which price.
pub const OFFERS: Permission = Permission("orders.offers");
/// Confirm orders.
pub const CONFIRM: Permission = Permission("orders.confirm");
/// Change the lines of placed orders.
pub const EDIT: Permission = Permission("orders.edit");
/// Cancel orders.
pub const CANCEL: Permission = Permission("orders.cancel");
/// Release orders for hand-over.
pub const RELEASE: Permission = Permission("orders.release");
/// Record that an order was delivered.
pub const DELIVER: Permission = Permission("orders.deliver");
/// Order on account.
pub const ON_ACCOUNT: Permission = Permission("orders.on_account");

/// Order for customers: say for whom a cart is and where it comes from.
pub const SELL: Permission = Permission("orders.sell");

/// What may be granted, each with a sentence for people.
pub const PERMISSIONS: &[(Permission, &str)] = &[
    (READ, "See orders"),
    (OFFERS, "Set what is sold at which price"),
    (CONFIRM, "Confirm orders"),
    (EDIT, "Change the lines of placed orders"),
    (CANCEL, "Cancel orders"),
    (RELEASE, "Release orders for hand-over"),
    (ON_ACCOUNT, "Order on account"),
    (SELL, "Order for customers"),
    (DELIVER, "Record that an order was delivered"),
];

/// All routes of the service.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(shop::cart_open))
        .routes(routes!(shop::cart_get))
        .routes(routes!(shop::cart_line_set))
        .routes(routes!(shop::cart_delivery_set))
        .routes(routes!(shop::cart_customer_set))
        .routes(routes!(fields::cart_fields_set))
        .routes(routes!(shop::cart_place))
        .routes(routes!(shop::cart_order))
        .routes(routes!(shop::cart_pay))
        .routes(routes!(shop::cart_cancel))
        .routes(routes!(back_office::offers_set, back_office::offer_list))
        .routes(routes!(back_office::delivery_methods_set, back_office::delivery_method_list))
        .routes(routes!(lists::order_list))
        .routes(routes!(lists::order_counts))
        .routes(routes!(back_office::order_get))
        .routes(routes!(back_office::order_history))
        .routes(routes!(fields::order_fields_set))
        .routes(routes!(back_office::order_confirm))
        .routes(routes!(back_office::order_cancel))
        .routes(routes!(back_office::order_edit_preview))
        .routes(routes!(back_office::order_edit))
        .routes(routes!(back_office::order_pay))
        .routes(routes!(back_office::order_release))
        .routes(routes!(back_office::order_deliver))
        .routes(routes!(follow::order_progress))
        .routes(routes!(follow::order_withdraw))
        .routes(routes!(sourcing::order_sourcing))
        .routes(routes!(internal::orders_ask))
        .routes(routes!(internal::order_confirm_asked))
        .routes(routes!(internal::order_cancel_asked))
        .routes(routes!(internal::order_release_asked))
        .routes(routes!(internal::order_deliver_asked))
        .routes(routes!(internal::order_edit_asked))
}
