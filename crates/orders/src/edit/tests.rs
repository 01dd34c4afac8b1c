//! Any sequence of edits, payments, captures and refunds keeps lines, totals and money right.

use contracts::inventory::ReservationId;
use contracts::orders::{Channel, LineWish, OrderId, OrderState};
use contracts::payments::{PaymentMethod, PaymentState, PaymentView};
use contracts::shared::{ProductId, SiteId};
use kit::money::{Currency, Money, Rate};
use kit::quantity::{Quantity, Unit};
use kit::time::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::draft::wanted;
use super::surplus::{over, returning};
use crate::order::refusal::StepError;
use crate::order::{self, DeliveryTerms, Line, Order, Release};
use crate::price::{Offer, at_price, goods};
use crate::store::faults;

const PRODUCTS: u8 = 4;
const NOW: Timestamp = Timestamp::from_micros(1);

#[derive(Debug, Clone)]
enum Op {
    Edit(Vec<(u8, Option<u16>)>),
    Reprice(u8, u16),
    Pay(PaymentMethod, bool),
    GiveBack,
    GivenBack,
    Release,
}

fn op() -> impl Strategy<Value = Op> {
    let method = prop_oneof![Just(PaymentMethod::Card), Just(PaymentMethod::CardNow), Just(PaymentMethod::OnDelivery)];
    prop_oneof![
        4 => vec((0..PRODUCTS, option::weighted(0.8, 1..4_000_u16)), 1..4).prop_map(Op::Edit),
        1 => (0..PRODUCTS, 0..5_000_u16).prop_map(|(product, price)| Op::Reprice(product, price)),
        3 => (method, any::<bool>()).prop_map(|(method, is_approved)| Op::Pay(method, is_approved)),
        2 => Just(Op::GiveBack),
        2 => Just(Op::GivenBack),
        1 => Just(Op::Release),
    ]
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn product(n: u8) -> ProductId {
    ProductId::from_u128(u128::from(n) + 1)
}

/// An order as its service has it, and its payments as the provider has them.
struct Desk {
    order: Order,
    views: Vec<PaymentView>,
    offers: Vec<Offer>,
}

impl Desk {
    fn new() -> Desk {
        let offer = |n: u8| Offer {
            product: product(n),
            name: format!("Product {n}"),
            unit: Unit::Kilogram,
            price: eur(199 + i64::from(n) * 333),
            tax: Rate([0, 700, 1900, 2000][usize::from(n)]),
            sold: true,
            weight_g: 0,
        };
        let offers: Vec<Offer> = (0..PRODUCTS).map(offer).collect();
        let quantity = Quantity::new(1500, Unit::Kilogram).unwrap();
        let first = at_price(offers[0].product, "Product 0", quantity, offers[0].price, offers[0].tax).unwrap();
        let goods = first.amounts.gross;
        let fee = eur(490);
        let order = Order {
            id: OrderId::from_u128(1 << 80),
            version: 2,
            number: "1".to_owned(),
            state: OrderState::Placed,
            site: SiteId::from_u128(1),
            currency: Currency::EUR,
            lines: vec![Line { site: SiteId::from_u128(1), priced: first }],
            goods,
            delivery: DeliveryTerms { method: "post".to_owned(), fee, tax: Rate(2000), pick_up: false },
            total: goods.add(fee).unwrap(),
            method: PaymentMethod::Card,
            payments: Vec::new(),
            reservation: ReservationId::from_u128(1),
            placed_at: NOW,
            pay_until: NOW,
            amendment: 0,
            editing: None,
            reason: None,
            channel: Channel::Web,
            customer: None,
        };
        let mut desk = Desk { order, views: Vec::new(), offers };
        desk.pay(PaymentMethod::Card, true);
        desk
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::Edit(wishes) => self.edit(wishes),
            Op::Reprice(n, price) => self.offers[usize::from(*n)].price = eur(i64::from(*price)),
            Op::Pay(method, is_approved) => self.pay(*method, *is_approved),
            Op::GiveBack => self.give_back(),
            Op::GivenBack => self.given_back(),
            Op::Release => self.release(),
        }
        assert_eq!(faults(&self.order), Vec::<String>::new(), "after {op:?}");
        let order = &self.order;
        let due = order.total.sub(order.secured().unwrap()).unwrap();
        assert_eq!(order.due().unwrap(), if due.is_negative() { eur(0) } else { due });
        for payment in &order.payments {
            let going = payment.refunded.minor + payment.returning.minor;
            assert!(going <= payment.captured.minor, "{going} goes back of {}", payment.captured);
        }
    }

    fn edit(&mut self, wishes: &[(u8, Option<u16>)]) {
        let quantity = |milli: u16| Quantity::new(i64::from(milli), Unit::Kilogram).unwrap();
        let wish = |(n, milli): &(u8, Option<u16>)| LineWish {
            product: product(*n),
            quantity: milli.map(quantity),
            site: None,
            expected: None,
        };
        let wishes: Vec<LineWish> = wishes.iter().map(wish).collect();
        let before = self.order.clone();
        if order::editable(&before).is_err() {
            assert!(matches!(before.state, OrderState::Released));
            return;
        }
        let Ok(lines) = wanted(&before, &wishes, &self.offers) else { return };
        for line in &before.lines {
            let now = lines.iter().find(|now| now.priced.product == line.priced.product);
            let is_touched = wishes.iter().any(|wish| wish.product == line.priced.product);
            assert!(is_touched || now == Some(line), "an untouched line changed");
            // Taken out and put in again within one change it is a new line at today's price.
            let is_out = wishes.iter().any(|wish| wish.product == line.priced.product && wish.quantity.is_none());
            assert!(is_out || now.is_some_and(|now| now.priced.unit_price == line.priced.unit_price));
        }
        let goods = goods(Currency::EUR, lines.iter().map(|line| &line.priced)).unwrap();
        let total = goods.add(before.delivery.fee).unwrap();
        self.order = Order { lines, goods, total, amendment: before.amendment + 1, ..before };
    }

    fn pay(&mut self, method: PaymentMethod, is_approved: bool) {
        match order::ask_payment(&self.order, method, NOW) {
            Ok((payment, Some(_))) => {
                let taken = method == PaymentMethod::CardNow;
                let amount = |holds: bool| if holds { payment.amount } else { eur(0) };
                let state = match (is_approved, taken) {
                    (false, _) => PaymentState::Declined,
                    (true, true) => PaymentState::Captured,
                    (true, false) => PaymentState::Authorised,
                };
                self.views.push(PaymentView {
                    id: payment.id,
                    reference: self.order.id.to_string(),
                    method,
                    state,
                    amount: payment.amount,
                    authorised: amount(is_approved && !taken),
                    captured: amount(is_approved && taken),
                    refunded: eur(0),
                    refunding: eur(0),
                    decline: (!is_approved).then(|| "refused".to_owned()),
                    tender: None,
                    version: 1,
                });
                self.order.payments.push(payment);
                self.heard(self.views.len() - 1);
            }
            Ok((_, None)) => panic!("every payment is answered at once here"),
            Err(StepError::NothingToPay) => assert!(self.order.due().unwrap().is_zero()),
            Err(_) => assert_eq!(self.order.state, OrderState::Released),
        }
    }

    /// The order hears what became of a payment, twice: the second time is no news.
    fn heard(&mut self, n: usize) {
        let payment = order::note(&self.order, &self.views[n]).expect("it is news");
        self.order.payments[n] = payment;
        assert_eq!(order::note(&self.order, &self.views[n]), None);
    }

    fn give_back(&mut self) {
        if returning(&self.order).is_some() {
            return;
        }
        if let Some((n, amount)) = over(&self.order).unwrap() {
            self.order.payments[n].returning = amount;
            assert!(amount.is_positive());
        }
    }

    fn given_back(&mut self) {
        let Some(n) = self.order.payments.iter().position(|payment| payment.returning.is_positive()) else { return };
        let view = &mut self.views[n];
        view.refunded = view.refunded.add(self.order.payments[n].returning).unwrap();
        view.version += 1;
        self.heard(n);
        assert!(self.order.payments[n].returning.is_zero());
    }

    fn release(&mut self) {
        match order::release(&self.order) {
            Ok(Release::Now) => {}
            Ok(Release::Capture(captures)) => {
                for (id, amount) in captures {
                    let n = self.views.iter().position(|view| view.id == id).expect("it is a payment of the order");
                    let view = &mut self.views[n];
                    assert!(amount.is_positive() && amount.minor <= view.authorised.minor);
                    (view.captured, view.authorised, view.state) = (amount, eur(0), PaymentState::Captured);
                    view.version += 1;
                    self.heard(n);
                }
                assert_eq!(order::release(&self.order).unwrap(), Release::Now);
            }
            Err(StepError::PaymentMissing { missing }) => {
                assert_eq!(missing, self.order.due().unwrap());
                return;
            }
            Err(_) => {
                assert_eq!(self.order.state, OrderState::Released);
                return;
            }
        }
        assert!(self.order.due().unwrap().is_zero());
        self.order.state = OrderState::Released;
    }

    /// What is too much has gone back in the end, and what is owed was taken or promised.
    fn settle(&mut self) {
        for _ in 0..20 {
            self.given_back();
            self.give_back();
        }
        assert!(returning(&self.order).is_none() && over(&self.order).unwrap().is_none());
        self.pay(PaymentMethod::CardNow, true);
        self.release();
        let (captured, total) = (self.order.captured().unwrap(), self.order.total);
        let promised: i64 = self.order.payments.iter().map(|payment| payment.authorised.minor).sum();
        assert!(captured.minor <= total.minor, "{captured} taken for {total}");
        assert!(captured.minor + promised >= total.minor, "{captured} taken and {promised} promised for {total}");
    }
}

proptest! {
    #[test]
    fn any_sequence_of_edits_payments_and_refunds_keeps_lines_totals_and_money_right(ops in vec(op(), 1..40)) {
        let mut desk = Desk::new();
        for op in &ops {
            desk.run(op);
        }
        desk.settle();
        prop_assert_eq!(faults(&desk.order), Vec::<String>::new());
    }
}
