//! What customers and the contact center say.

use contracts::contact::CallEnded;
use contracts::customers::{
    AskCustomers, AskOrderCustomer, CustomerErased, CustomerMerged, CustomerNote, CustomerOrder, CustomerSheet,
    CustomerSheets, OrderCustomer, OrderLinked,
};
use contracts::orders::{Channel, OrderState};
use contracts::shared::CustomerId;

use crate::{AT, ORDER, Seen, eur};

const CUSTOMER: CustomerId = CustomerId::from_u128(9);

fn sheet() -> CustomerSheet {
    CustomerSheet {
        id: CUSTOMER,
        name: "Demo Shopper".to_owned(),
        phone: Some("+380000000000".to_owned()),
        email: Some("demo@example.com".to_owned()),
        language: "uk".to_owned(),
        may_advertise: true,
        orders: 2,
        version: 3,
    }
}

pub(crate) fn customers(seen: &mut Seen) {
    seen.sample("customers/ask_customers", &AskCustomers { customers: vec![CUSTOMER] });
    seen.sample("customers/customer_sheets", &CustomerSheets { customers: vec![sheet()] });
    seen.sample("customers/ask_order_customer", &AskOrderCustomer { order: ORDER });
    let order = CustomerOrder {
        order: ORDER,
        number: "100001".to_owned(),
        state: OrderState::Placed,
        total: eur(2500),
        placed_at: AT,
        channel: Channel::Phone,
    };
    let note = CustomerNote { at: AT, by: "person:demo".to_owned(), text: "calls back late".to_owned() };
    let known = OrderCustomer { customer: Some(sheet()), orders: vec![order], notes: vec![note] };
    seen.sample("customers/order_customer", &known);
    seen.sample("customers/order_linked", &OrderLinked { order: ORDER, customer: CUSTOMER });
    seen.sample("customers/customer_erased", &CustomerErased { customer: CUSTOMER, orders: vec![ORDER] });
    let into = CustomerId::from_u128(8);
    seen.sample("customers/customer_merged", &CustomerMerged { customer: CUSTOMER, into, orders: vec![ORDER] });
}

pub(crate) fn contact(seen: &mut Seen) {
    seen.sample("contact/call_ended", &CallEnded { order: ORDER, outcome: "confirmed".to_owned(), attempts: 2 });
}
