//! Arithmetic of documents as properties and tables.

use contracts::payments::Tender;
use kit::quantity::Unit;
use proptest::prelude::*;

use super::*;
use crate::ledger::rest;

fn line(n: u128, milli: i64, gross: i64, rate: i64) -> Line {
    let eur = |minor| Money::new(minor, Currency::EUR);
    Line {
        product: (n > 0).then(|| ProductId::from_u128(n)),
        name: format!("product {n}"),
        quantity: Quantity { milli, unit: Unit::Kilogram },
        unit_price: eur(gross),
        amounts: tax_from_gross(eur(gross), Rate(rate), Rounding::HalfUp).unwrap(),
    }
}

#[test]
fn a_document_sums_up_by_rate() {
    let lines = [line(1, 1000, 1200, 2000), line(2, 1000, 1100, 1000), line(0, 1000, 600, 2000)];
    let sums = sums(&lines);
    assert_eq!((sums.goods_net, sums.delivery_net, sums.tax, sums.total()), (2000, 500, 400, 2900));
    let taxes: Vec<(i64, i64, i64)> =
        taxes(&lines, Currency::EUR).iter().map(|sum| (sum.rate.0, sum.net.minor, sum.tax.minor)).collect();
    assert_eq!(taxes, [(2000, 1500, 300), (1000, 1000, 100)]);
}

#[test]
fn no_more_is_credited_than_is_left() {
    let lines = [line(1, 3000, 1000, 2000), line(2, 1000, 500, 2000)];
    let wish = |number, milli| CreditWish { number, quantity: Quantity { milli, unit: Unit::Kilogram } };
    let first = credit(&lines, &[], &[wish(1, 1000)]).unwrap();
    assert_eq!((first.len(), first[0].amounts.gross.minor, first[0].amounts.tax.minor), (1, 333, 56));
    let left = "2 kg".to_owned();
    assert_eq!(credit(&lines, &first, &[wish(1, 2001)]), Err(InvoiceRefused::NotThatMuch { number: 1, left }));
    assert!(credit(&lines, &first, &[wish(3, 1)]).is_err());
    assert!(credit(&lines, &first, &[wish(1, 0)]).is_err());
    let rest = credit(&lines, &first, &[]).unwrap();
    assert_eq!((rest.len(), rest[0].amounts.gross.minor, rest[1].amounts.gross.minor), (2, 667, 500));
    let all = [first, rest].concat();
    assert_eq!(credit(&lines, &all, &[]), Err(InvoiceRefused::NothingLeft));
}

#[test]
fn numbers_tell_their_series() {
    assert_eq!(DocumentKind::Invoice.number(2026, 7), "INV-2026-000007");
    assert_eq!(DocumentKind::CreditNote.number(2026, 1_234_567), "CRN-2026-1234567");
}

proptest! {
    #[test]
    fn however_a_line_is_cut_its_credits_come_to_its_amount_and_every_posting_to_zero(
        gross in 1_i64..10_000_000,
        rate in prop::sample::select(vec![0_i64, 500, 700, 1000, 1900, 2000, 2550]),
        cuts in prop::collection::vec(1_i64..5_000, 1..12),
    ) {
        let whole: i64 = cuts.iter().sum();
        let lines = [line(1, whole, gross, rate)];
        prop_assert_eq!(rest(&sums(&lines).entries(DocumentKind::Invoice)), 0);
        let mut before: Vec<Line> = Vec::new();
        for milli in cuts {
            let wish = CreditWish { number: 1, quantity: Quantity { milli, unit: Unit::Kilogram } };
            let note = credit(&lines, &before, &[wish]).unwrap();
            prop_assert_eq!(rest(&sums(&note).entries(DocumentKind::CreditNote)), 0);
            prop_assert!(note[0].amounts.net.minor >= -1 && note[0].amounts.tax.minor >= 0);
            before.extend(note);
        }
        prop_assert_eq!(sums(&before), sums(&lines));
        prop_assert_eq!(credit(&lines, &before, &[]), Err(InvoiceRefused::NothingLeft));
    }

    #[test]
    fn money_in_and_out_books_to_zero(minor in -1_000_000_i64..1_000_000) {
        for method in [PaymentMethod::Card, PaymentMethod::CardNow, PaymentMethod::OnDelivery, PaymentMethod::OnAccount] {
            for tender in [None, Some(Tender::Cash), Some(Tender::Card)] {
                prop_assert_eq!(rest(&crate::ledger::of_money(method, tender, minor)), 0);
            }
        }
    }
}
