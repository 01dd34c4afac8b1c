//! Money as tables of exact cases, and its laws as properties.

use proptest::prelude::*;

use super::*;
use crate::quantity::{Quantity, Unit};

const ROUNDINGS: [Rounding; 4] = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up];

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn minors(shares: Vec<Money>) -> Vec<i64> {
    shares.into_iter().map(|share| share.minor).collect()
}

#[test]
fn a_currency_is_three_capital_letters() {
    for (code, digits) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XYZ", 2)] {
        let currency: Currency = code.parse().unwrap();
        assert_eq!((currency.as_str(), currency.minor_digits()), (code, digits));
    }
    for wrong in ["", "EU", "EURO", "eur", "E1R", "€"] {
        assert_eq!(wrong.parse::<Currency>(), Err(CurrencyError(wrong.to_owned())));
    }
}

#[test]
fn currencies_do_not_mix_and_nothing_wraps_around() {
    let usd = Money::new(1, Currency::USD);
    let mismatch = MoneyError::CurrencyMismatch { left: Currency::EUR, right: Currency::USD };
    assert_eq!(eur(1).add(usd), Err(mismatch));
    assert_eq!(eur(1).sub(usd), Err(mismatch));
    assert_eq!(eur(1).compare(usd), Err(mismatch));
    assert_eq!(Money::sum(Currency::EUR, [eur(1), usd]), Err(mismatch));
    assert_eq!(eur(i64::MAX).add(eur(1)), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MIN).negate(), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MAX).times(2), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MAX).percent(Rate(10_001), Rounding::Down), Err(MoneyError::Overflow));
    assert_eq!(eur(i64::MAX).round_to(5, Rounding::Up), Err(MoneyError::Overflow));
    assert_eq!(UnitPrice::from_money(eur(i64::MAX)), Err(MoneyError::Overflow));
    assert_eq!(tax_from_net(eur(1), Rate(-1), Rounding::Up), Err(MoneyError::NegativeRate(Rate(-1))));
}

#[test]
fn rounding_mirrors_at_zero() {
    // Amounts of half-steps of ten: which ten do they become?
    let table = [
        (Rounding::HalfUp, [(4, 0), (5, 10), (15, 20), (16, 20), (20, 20)]),
        (Rounding::HalfEven, [(4, 0), (5, 0), (15, 20), (25, 20), (26, 30)]),
        (Rounding::Down, [(1, 0), (5, 0), (9, 0), (10, 10), (19, 10)]),
        (Rounding::Up, [(0, 0), (1, 10), (5, 10), (10, 10), (11, 20)]),
    ];
    for (rounding, cases) in table {
        for (from, to) in cases {
            assert_eq!(eur(from).round_to(10, rounding).unwrap(), eur(to), "{from} {rounding:?}");
            assert_eq!(eur(-from).round_to(10, rounding).unwrap(), eur(-to), "-{from} {rounding:?}");
        }
    }
    assert_eq!(eur(7).round_to(0, Rounding::Up).unwrap(), eur(7));
}

#[test]
fn shares_go_by_largest_remainder_and_the_first_of_equals() {
    for (amount, weights, shares) in [
        (100, &[1, 1, 1][..], &[34, 33, 33][..]),
        (-100, &[1, 1, 1], &[-34, -33, -33]),
        (101, &[0, 0], &[51, 50]),
        (5, &[0, 3, 0, 7], &[0, 2, 0, 3]),
        (1, &[u64::MAX, u64::MAX], &[1, 0]),
        (0, &[1, 2], &[0, 0]),
        (1000, &[1999, 4999, 3002], &[200, 500, 300]),
    ] {
        assert_eq!(minors(eur(amount).split(weights).unwrap()), shares, "{amount} over {weights:?}");
    }
    assert_eq!(eur(1).split(&[]), Err(MoneyError::NoShares));
}

#[test]
fn tax_is_what_the_receipt_says() {
    let line = tax_from_gross(eur(1_19), Rate(1900), Rounding::HalfUp).unwrap();
    assert_eq!((line.net, line.tax), (eur(1_00), eur(19)));
    let line = tax_from_net(eur(9_99), Rate(2000), Rounding::HalfUp).unwrap();
    assert_eq!((line.tax, line.gross), (eur(2_00), eur(11_99)));
    let line = tax_from_gross(eur(-5_00), Rate(0), Rounding::Up).unwrap();
    assert_eq!((line.net, line.tax), (eur(-5_00), eur(0)));
}

#[test]
fn a_unit_price_is_rounded_once() {
    let screw = UnitPrice::new(1_9900, Currency::EUR); // 1.99 cents
    assert_eq!(screw.times(Quantity::pieces(1000), Rounding::HalfUp).unwrap(), eur(19_90));
    let apples = UnitPrice::from_money(eur(2_49)).unwrap();
    let weighed = Quantity::new(1_337, Unit::Kilogram).unwrap();
    assert_eq!(apples.times(weighed, Rounding::HalfUp).unwrap(), eur(3_33));
    assert_eq!(screw.to_string(), "0.019900 EUR");
}

#[test]
fn people_read_major_units() {
    assert_eq!(eur(1234).to_string(), "12.34 EUR");
    assert_eq!(eur(-5).to_string(), "-0.05 EUR");
    assert_eq!(Money::new(500, "JPY".parse().unwrap()).to_string(), "500 JPY");
    assert_eq!(Money::new(-1, "KWD".parse().unwrap()).to_string(), "-0.001 KWD");
    assert_eq!(eur(i64::MIN).to_string(), "-92233720368547758.08 EUR");
    assert_eq!((Rate(2000).to_string(), Rate(750).to_string()), ("20 %".into(), "7.5 %".into()));
    assert_eq!((Rate(0).to_string(), Rate(-5).to_string()), ("0 %".into(), "-0.05 %".into()));
}

#[test]
fn the_wire_carries_minor_units_and_the_code() {
    assert_eq!(serde_json::to_string(&eur(1234)).unwrap(), r#"{"minor":1234,"currency":"EUR"}"#);
    assert!(serde_json::from_str::<Money>(r#"{"minor":12.34,"currency":"EUR"}"#).is_err());
    assert!(serde_json::from_str::<Money>(r#"{"minor":1,"currency":"euro"}"#).is_err());
    assert_eq!(serde_json::to_string(&Rate(2000)).unwrap(), "2000");
}

fn any_rounding() -> impl Strategy<Value = Rounding> {
    prop::sample::select(&ROUNDINGS[..])
}

proptest! {
    #[test]
    fn what_is_added_can_be_taken_away(a in any::<i64>(), b in any::<i64>()) {
        match eur(a).add(eur(b)) {
            Ok(sum) => {
                prop_assert_eq!(sum.sub(eur(b)).unwrap(), eur(a));
                prop_assert_eq!(eur(b).add(eur(a)).unwrap(), sum);
            }
            Err(error) => prop_assert_eq!((error, a.checked_add(b)), (MoneyError::Overflow, None)),
        }
    }

    /// |rounded − exact| < 1, at most ½ for the two nearest ones; Down and Up enclose the exact value.
    #[test]
    fn rounding_is_less_than_a_unit_off(n in any::<i64>(), divisor in 1_i64.., rounding in any_rounding()) {
        let (n, divisor) = (i128::from(n) * 7, i128::from(divisor));
        let off = rounding.divide(n, divisor) * divisor - n;
        match rounding {
            Rounding::HalfUp | Rounding::HalfEven => prop_assert!(off.abs() * 2 <= divisor),
            Rounding::Down => prop_assert!(off.abs() < divisor && off * n.signum() <= 0),
            Rounding::Up => prop_assert!(off.abs() < divisor && off * n.signum() >= 0),
        }
        prop_assert_eq!(rounding.divide(-n, divisor), -rounding.divide(n, divisor));
    }

    #[test]
    fn shares_sum_back_and_are_less_than_a_unit_off(
        amount in any::<i64>(), weights in prop::collection::vec(prop_oneof![0..10_u64, any::<u64>()], 1..12),
    ) {
        let shares = eur(amount).split(&weights).unwrap();
        prop_assert_eq!(Money::sum(Currency::EUR, shares.iter().copied()).unwrap(), eur(amount));
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        for (share, weight) in shares.iter().zip(&weights).filter(|_| total > 0) {
            let exact = u128::from(amount.unsigned_abs()) * u128::from(*weight);
            let floor = exact / total;
            let ceiling = floor + u128::from(exact % total != 0);
            prop_assert!((floor..=ceiling).contains(&u128::from(share.minor.unsigned_abs())));
            prop_assert!(share.minor.signum() * amount.signum() >= 0);
        }
        prop_assert_eq!(eur(amount).split(&weights).unwrap(), shares);
    }

    #[test]
    fn net_and_tax_make_gross(minor in -1_000_000_000_000..1_000_000_000_000_i64, points in 0..50_000_i64, rounding in any_rounding()) {
        let rate = Rate(points);
        let down = tax_from_gross(eur(minor), rate, rounding).unwrap();
        prop_assert_eq!(down.net.add(down.tax).unwrap(), eur(minor));
        // The exact tax is gross × rate / (1 + rate).
        let off = i128::from(down.tax.minor) * (WHOLE + i128::from(points)) - i128::from(minor) * i128::from(points);
        prop_assert!(off.abs() < WHOLE + i128::from(points));

        let up = tax_from_net(eur(minor), rate, rounding).unwrap();
        prop_assert_eq!(up.net.add(up.tax).unwrap(), up.gross);
        prop_assert_eq!(up.tax, eur(minor).percent(rate, rounding).unwrap());
        let refund = tax_from_net(eur(-minor), rate, rounding).unwrap();
        prop_assert_eq!(refund.gross, up.gross.negate().unwrap());
    }

    #[test]
    fn cash_is_a_multiple_of_the_smallest_coin(minor in -1_000_000..1_000_000_i64, step in 1..100_i64, rounding in any_rounding()) {
        let cash = eur(minor).round_to(step, rounding).unwrap();
        prop_assert_eq!(cash.minor % step, 0);
        prop_assert!((cash.minor - minor).abs() < step);
    }

    #[test]
    fn a_whole_unit_price_is_the_money_it_came_from(minor in -100_000_000..100_000_000_i64, pieces in -1000..1000_i32) {
        let price = UnitPrice::from_money(eur(minor)).unwrap();
        for rounding in ROUNDINGS {
            prop_assert_eq!(price.times(Quantity::pieces(pieces), rounding), eur(minor).times(i64::from(pieces)));
        }
    }

    #[test]
    fn money_comes_back_from_the_wire(minor in any::<i64>(), code in "[A-Z]{3}") {
        let money = Money::new(minor, code.parse().unwrap());
        prop_assert_eq!(serde_json::from_str::<Money>(&serde_json::to_string(&money).unwrap()).unwrap(), money);
    }
}
