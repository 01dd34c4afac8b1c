//! Facts and what they leave; lines that can be meant.

use super::*;

fn line(product: u128, pieces: i32) -> StockLine {
    let quantity = Quantity::pieces(pieces);
    StockLine { product: ProductId::from_u128(product), site: SiteId::from_u128(1), quantity }
}

fn levels(rows: &[(u128, i64, i64)]) -> Levels {
    let mut levels = Levels::default();
    for (product, on_hand, reserved) in rows {
        let level = Level { unit: Unit::Piece, on_hand_milli: on_hand * 1000, reserved_milli: reserved * 1000 };
        levels.put(ProductId::from_u128(*product), SiteId::from_u128(1), level);
    }
    levels
}

fn short(fact: &Fact) -> Vec<(i64, i64)> {
    let numbers = fact.shortfalls.iter().map(|event| match event {
        InventoryEvent::StockShortfall { on_hand, reserved, .. } => (on_hand.milli / 1000, reserved.milli / 1000),
        other => panic!("{other:?}"),
    });
    numbers.collect()
}

/// (on hand, reserved) of each shortfall, in pieces.
type Told = &'static [(i64, i64)];

#[test]
fn a_shortfall_is_told_when_a_fact_leaves_less_than_is_reserved() {
    // on hand, reserved, sold -> told
    let cases: [(i64, i64, i32, Told); 6] = [
        (10, 0, 10, &[]),
        (10, 4, 6, &[]),
        (10, 4, 7, &[(3, 4)]),
        (0, 0, 1, &[(-1, 0)]),
        (-2, 0, 1, &[(-3, 0)]),
        (3, 3, 3, &[(0, 3)]),
    ];
    for (on_hand, reserved, sold, told) in cases {
        let fact = sell(&levels(&[(1, on_hand, reserved)]), "r".to_owned(), vec![line(1, sold)]).unwrap();
        assert_eq!(short(&fact), told, "{on_hand} on hand, {reserved} reserved, {sold} sold");
    }
}

#[test]
fn a_count_moves_the_difference_and_tells_a_shortfall_only_when_it_lowers() {
    // on hand, reserved, counted -> difference, told
    let cases: [(i64, i64, i32, i64, Told); 5] =
        [(10, 4, 10, 0, &[]), (10, 4, 12, 2, &[]), (10, 4, 3, -7, &[(3, 4)]), (-5, 0, 0, 5, &[]), (1, 4, 2, 1, &[])];
    for (on_hand, reserved, counted, difference, told) in cases {
        let fact = count(&levels(&[(1, on_hand, reserved)]), "r".to_owned(), vec![line(1, counted)]).unwrap();
        let moved: i64 = fact.event.movements().iter().map(|movement| movement.on_hand_milli).sum();
        assert_eq!((moved, short(&fact).as_slice()), (difference * 1000, told), "{on_hand} on hand, {counted} counted");
    }
}

#[test]
fn a_transfer_neither_makes_nor_loses_goods() {
    let fact = transfer(&levels(&[(1, 5, 2)]), "t".to_owned(), SiteId::from_u128(2), vec![line(1, 3)]).unwrap();
    assert_eq!(fact.event.movements().iter().map(|movement| movement.on_hand_milli).sum::<i64>(), 0);
    let refused = transfer(&levels(&[(1, 5, 2)]), "t".to_owned(), SiteId::from_u128(2), vec![line(1, 4)]);
    assert!(matches!(refused, Err(StockRefused::Insufficient { lines }) if lines[0].available == Quantity::pieces(3)));
}

#[test]
fn a_product_has_one_unit() {
    let kilo = StockLine { quantity: Quantity { milli: 1000, unit: Unit::Kilogram }, ..line(1, 1) };
    for stocked in [levels(&[(1, 5, 0)]), Levels { units: levels(&[(1, 5, 0)]).units, ..Levels::default() }] {
        let refused = receive(&stocked, "r".to_owned(), vec![kilo.clone()]);
        assert!(matches!(refused, Err(StockRefused::UnitMismatch { .. })), "{refused:?}");
    }
    assert!(receive(&Levels::default(), "r".to_owned(), vec![kilo]).is_ok());
}

#[test]
fn lines_are_sorted_and_each_place_stands_once() {
    let sorted = sorted_lines(vec![line(3, 1), line(1, 1), line(2, 1)], 1).unwrap();
    assert_eq!(sorted, [line(1, 1), line(2, 1), line(3, 1)]);
    assert_eq!(sorted_lines(vec![], 1), Err(Malformed::LineCount { found: 0 }));
    assert!(sorted_lines((0..500).map(|n| line(n, 1)).collect(), 1).is_ok());
    assert_eq!(sorted_lines((0..501).map(|n| line(n, 1)).collect(), 1), Err(Malformed::LineCount { found: 501 }));
    assert!(matches!(sorted_lines(vec![line(1, 1), line(2, 1), line(1, 2)], 1), Err(Malformed::Twice { .. })));
    assert!(sorted_lines(vec![line(1, 0)], 0).is_ok() && sorted_lines(vec![line(1, 1_000_000)], 1).is_ok());
    for (pieces, least) in [(0, 1), (-1, 0), (1_000_001, 1)] {
        assert!(matches!(sorted_lines(vec![line(1, pieces)], least), Err(Malformed::QuantityRange { .. })), "{pieces}");
    }
}

#[test]
fn every_kind_of_movement_is_found_by_its_code() {
    for kind in MovementKind::ALL {
        assert_eq!(MovementKind::from_code(kind.code()), Some(kind));
    }
    assert_eq!(MovementKind::from_code("lost"), None);
}
