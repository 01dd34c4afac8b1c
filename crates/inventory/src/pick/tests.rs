//! Picks as tables.

use contracts::shared::{ProductId, SiteId};
use kit::quantity::{Quantity, Unit};

use super::*;

fn product(n: u128) -> ProductId {
    ProductId::from_u128(n)
}

fn pick(state: State, lines: &[(i64, i64)]) -> Pick {
    let line = |(n, (asked, picked)): (u128, &(i64, i64))| Line {
        product: product(n),
        unit: Unit::Piece,
        asked_milli: asked * 1000,
        picked_milli: picked * 1000,
        missing_milli: 0,
        uncounted_milli: 0,
    };
    Pick {
        id: PickId::from_u128(1),
        purpose: Purpose {
            order: OrderId::from_u128(2),
            number: "D-1".to_owned(),
            reservation: ReservationId::from_u128(2),
            pick_up: false,
            hand_over_site: SiteId::from_u128(1),
        },
        site: SiteId::from_u128(1),
        state,
        lease: None,
        with_agent: false,
        parcels: None,
        opened_at: Timestamp::EPOCH,
        version: 1,
        lines: (1..).zip(lines).map(line).collect(),
    }
}

fn wanted(lines: &[i64]) -> Vec<Goods> {
    (1..).zip(lines).filter(|(_, n)| **n > 0).map(|(n, pieces)| (product(n), pieces * 1000, Unit::Piece)).collect()
}

#[test]
fn a_lease_returns_by_itself() {
    let mut held = pick(State::Open, &[(1, 0)]);
    let until = Timestamp::EPOCH + LEASE;
    held.lease = Some(Lease { by: "person:ann".to_owned(), until });
    let just_before = until - Duration::from_micros(1);
    assert_eq!(take(&held, "person:ann", just_before), Ok(None));
    let taken = take(&held, "person:bob", just_before);
    assert_eq!(taken, Err(PickRefused::Taken { by: "person:ann".to_owned(), until }));
    let event = InventoryEvent::PickTaken { by: "person:bob".to_owned(), until: until + LEASE };
    assert_eq!(take(&held, "person:bob", until), Ok(Some(event)));
}

#[test]
fn an_edit_moves_a_pick_to_where_its_goods_say() {
    // state, (asked, picked) of its lines, what is asked now -> state afterwards
    type Case<'a> = (State, &'a [(i64, i64)], &'a [i64], Option<State>);
    let cases: [Case<'_>; 10] = [
        (State::Open, &[(2, 1)], &[2], None),
        (State::Open, &[(2, 1)], &[3], Some(State::Open)),
        (State::Open, &[(2, 1)], &[1], Some(State::Picked)),
        (State::Packed, &[(2, 2)], &[2], None),
        (State::Packed, &[(2, 2)], &[2, 1], Some(State::Open)),
        (State::Packed, &[(2, 2)], &[], Some(State::PutBack)),
        (State::Open, &[(2, 0)], &[], Some(State::Cancelled)),
        (State::Cancelled, &[], &[1], Some(State::Open)),
        (State::PutBack, &[(0, 1)], &[1], Some(State::Picked)),
        (State::HandedOver, &[(1, 1)], &[2], None),
    ];
    for (state, lines, asked, expected) in cases {
        let event = amend(&pick(state, lines), &wanted(asked));
        let found = event.map(|event| match event {
            InventoryEvent::PickAmended { state, .. } => state,
            other => panic!("{other:?}"),
        });
        assert_eq!(found, expected, "{state:?} {lines:?} {asked:?}");
    }
}

#[test]
fn an_order_is_packed_when_all_that_is_still_wanted_is() {
    let [packed, open, over] = [State::Packed, State::Open, State::Cancelled].map(|state| pick(state, &[(1, 1)]));
    assert!(is_packed(&[packed.clone(), over.clone()]));
    assert!(!is_packed(&[packed, open]));
    assert!(!is_packed(&[over]));
}

#[test]
fn a_scan_counts_up_to_what_is_wanted() {
    let before = pick(State::Open, &[(2, 1)]);
    let scanned = add(&before, "person:ann", product(1), None, Timestamp::EPOCH);
    assert!(matches!(scanned, Ok(InventoryEvent::PickLinesSet { state: State::Picked, .. })), "{scanned:?}");
    let two = Some(Quantity::pieces(2));
    let too_many = add(&before, "person:ann", product(1), two, Timestamp::EPOCH);
    assert_eq!(too_many, Err(PickRefused::Enough { product: product(1), asked: Quantity::pieces(2) }));
    let kilos = Some(Quantity { milli: 500, unit: Unit::Kilogram });
    assert!(add(&before, "person:ann", product(1), kilos, Timestamp::EPOCH).is_err());
}
