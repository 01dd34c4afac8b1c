//! The table of a reservation's states, and random lives of many.

use std::collections::BTreeMap;

use contracts::shared::{ProductId, SiteId};
use kit::journal::Event;
use kit::quantity::{Quantity, Unit};
use proptest::prelude::*;

use super::*;
use crate::stock::Level;

const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);

fn line(product: u128, pieces: i32) -> StockLine {
    let quantity = Quantity::pieces(pieces);
    StockLine { product: ProductId::from_u128(product), site: SiteId::from_u128(1), quantity }
}

fn id(n: u128) -> ReservationId {
    ReservationId::from_u128(n)
}

/// Reservation 1 of three pieces of product 1, expiring now.
fn reservation(state: ReservationState) -> Reservation {
    let holder = "ord_1".to_owned();
    Reservation { id: id(1), holder, state, lines: vec![line(1, 3)], expires_at: NOW, amendment: 2, version: 4 }
}

fn levels(rows: &[(u128, i64, i64)]) -> Levels {
    let mut levels = Levels::default();
    for (product, on_hand, reserved) in rows {
        let level = Level { unit: Unit::Piece, on_hand_milli: on_hand * 1000, reserved_milli: reserved * 1000 };
        levels.put(ProductId::from_u128(*product), SiteId::from_u128(1), level);
    }
    levels
}

/// `committed; reservation_committed`, or the refusal's code.
fn told(decided: Result<Decided, ChangeRefused>) -> String {
    let state = |state: ReservationState| format!("{state:?}").to_lowercase();
    match decided {
        Ok(Decided { after, event: Some(event), .. }) => format!("{}; {}", state(after.state), event.kind()),
        Ok(Decided { after, event: None, .. }) => format!("{}; nothing", state(after.state)),
        Err(refused) => refused.problem().code.to_string(),
    }
}

#[test]
fn every_state_answers_every_wish() {
    let table = "
        held      + commit  -> committed; reservation_committed
        committed + commit  -> committed; nothing
        shipped   + commit  -> shipped; nothing
        released  + commit  -> inventory/reservation-released
        expired   + commit  -> committed; reservation_committed
        held      + release -> released; reservation_released
        committed + release -> released; reservation_released
        shipped   + release -> inventory/already-shipped
        released  + release -> released; nothing
        expired   + release -> released; reservation_released
        held      + amend   -> held; reservation_amended
        committed + amend   -> committed; reservation_amended
        shipped   + amend   -> inventory/already-shipped
        released  + amend   -> inventory/reservation-released
        expired   + amend   -> inventory/reservation-expired
        held      + pick    -> held; reservation_picked
        committed + pick    -> committed; reservation_picked
        shipped   + pick    -> inventory/already-shipped
        released  + pick    -> inventory/reservation-released
        expired   + pick    -> inventory/reservation-expired
        held      + expire  -> expired; reservation_expired
        committed + expire  -> committed; nothing
        shipped   + expire  -> shipped; nothing
        released  + expire  -> released; nothing
        expired   + expire  -> expired; nothing
        held      + ship    -> shipped; reservation_shipped
        committed + ship    -> shipped; reservation_shipped
        shipped   + ship    -> shipped; nothing
        released  + ship    -> shipped; reservation_shipped
        expired   + ship    -> shipped; reservation_shipped";
    let states = BTreeMap::from([
        ("held", ReservationState::Held),
        ("committed", ReservationState::Committed),
        ("shipped", ReservationState::Shipped),
        ("released", ReservationState::Released),
        ("expired", ReservationState::Expired),
    ]);
    let enough = levels(&[(1, 9, 0)]);
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let (question, expected) = row.split_once("->").unwrap();
        let (state, wish) = question.split_once('+').unwrap();
        let before = reservation(states[state.trim()]);
        let decided = match wish.trim() {
            "commit" => commit(before, &enough),
            "release" => release(id(1), Some(before), NOW),
            "amend" => amend(before, &enough, 3, &[line(1, 4)]),
            "pick" => pick(before, Vec::new()),
            "expire" => Ok(expire(before, NOW)),
            "ship" => Ok(ship(before, &enough)),
            other => panic!("{other}"),
        };
        assert_eq!(told(decided), expected.trim(), "{}", row.trim());
    }
}

#[test]
fn an_expired_reservation_is_taken_up_again_only_if_everything_is_there() {
    let expired = || reservation(ReservationState::Expired);
    assert_eq!(told(commit(expired(), &levels(&[(1, 5, 2)]))), "committed; reservation_committed");
    assert_eq!(told(commit(expired(), &levels(&[(1, 5, 3)]))), "inventory/insufficient-stock");
    assert_eq!(told(commit(expired(), &levels(&[]))), "inventory/insufficient-stock");
}

#[test]
fn nothing_expires_before_its_time() {
    let just_before = Timestamp::from_micros(NOW.as_micros() - 1);
    assert_eq!(expire(reservation(ReservationState::Held), just_before).event, None);
}

#[test]
fn an_amendment_older_than_the_last_changes_nothing() {
    let held = || reservation(ReservationState::Held);
    assert_eq!(told(amend(held(), &levels(&[]), 2, &[line(1, 100)])), "held; nothing");
    assert_eq!(told(amend(held(), &levels(&[(1, 6, 6)]), 3, &[line(1, 4)])), "held; amendment_refused");
    assert_eq!(told(amend(held(), &levels(&[(1, 6, 6)]), 3, &[line(1, 2)])), "held; reservation_amended");
}

#[test]
fn goods_that_left_although_they_were_given_back_may_leave_others_short() {
    let decided = ship(reservation(ReservationState::Released), &levels(&[(1, 5, 4)]));
    assert_eq!(decided.shortfalls.len(), 1);
    assert_eq!(ship(reservation(ReservationState::Committed), &Levels::default()).shortfalls, []);
}

#[test]
fn under_a_known_id_only_the_same_claim_is_answered() {
    let same = Reserve { reservation: id(1), holder: "ord_1".to_owned(), lines: vec![line(1, 3)], expires_at: NOW };
    let first = |state| Some(Reservation { amendment: 0, ..reservation(state) });
    let answer = |existing, asked: &Reserve| reserve(existing, &Levels::default(), asked, NOW);
    for state in [ReservationState::Held, ReservationState::Committed, ReservationState::Shipped] {
        assert_eq!(answer(first(state), &same).unwrap().event, None);
    }
    assert_eq!(answer(first(ReservationState::Released), &same), Err(ReserveRefused::Released(id(1))));
    assert_eq!(answer(first(ReservationState::Expired), &same), Err(ReserveRefused::Expired(id(1))));
    let more = Reserve { lines: vec![line(1, 4)], ..same.clone() };
    let another = Reserve { holder: "ord_2".to_owned(), ..same.clone() };
    for asked in [more.clone(), another] {
        assert_eq!(answer(first(ReservationState::Held), &asked), Err(ReserveRefused::Differs(id(1))));
    }
    let later = Reserve { expires_at: NOW + MAX_HOLD, ..same.clone() };
    assert_eq!(answer(first(ReservationState::Held), &later).unwrap().after.expires_at, NOW);
    // What it was made with is forgotten once it is amended.
    assert!(answer(Some(reservation(ReservationState::Held)), &more).is_ok());
}

/// All of the service's state, moved by events alone.
#[derive(Default)]
struct World {
    levels: Levels,
    reservations: BTreeMap<u128, Reservation>,
    moved: BTreeMap<(ProductId, SiteId), (i64, i64)>,
}

#[derive(Debug, Clone)]
enum Step {
    Receive(u128, i32),
    Count(u128, i32),
    Sell(u128, i32),
    Reserve(u128, Vec<StockLine>),
    Commit(u128),
    Release(u128),
    Amend(u128, i64, Vec<StockLine>),
    Expire(u128),
    Ship(u128),
}

impl World {
    fn happens(&mut self, event: &InventoryEvent) {
        for movement in event.movements() {
            let place = (movement.product, movement.site);
            let level = self.levels.rows.get(&place).copied().unwrap_or(Level::none(movement.quantity.unit));
            let level = Level {
                on_hand_milli: level.on_hand_milli + movement.on_hand_milli,
                reserved_milli: level.reserved_milli + movement.reserved_milli,
                ..level
            };
            self.levels.put(movement.product, movement.site, level);
            let moved = self.moved.entry(place).or_default();
            *moved = (moved.0 + movement.on_hand_milli, moved.1 + movement.reserved_milli);
        }
    }

    /// Takes a step; returns the shortfalls that it told, or nothing when it was refused.
    fn step(&mut self, step: Step) -> Option<Vec<InventoryEvent>> {
        let known = |n: &u128| self.reservations.get(n).cloned();
        let fact = match &step {
            Step::Receive(product, n) => stock::receive(&self.levels, "r".to_owned(), vec![line(*product, *n)]).ok(),
            Step::Count(product, n) => stock::count(&self.levels, "r".to_owned(), vec![line(*product, *n)]).ok(),
            Step::Sell(product, n) => stock::sell(&self.levels, "r".to_owned(), vec![line(*product, *n)]).ok(),
            _ => None,
        };
        if let Some(fact) = fact {
            self.happens(&fact.event);
            return Some(fact.shortfalls);
        }
        let (n, decided) = match step {
            Step::Receive(..) | Step::Count(..) | Step::Sell(..) => return None,
            Step::Reserve(n, lines) => {
                let lines = stock::sorted_lines(lines, 1).ok()?;
                let expires_at = NOW + MAX_HOLD;
                let asked = Reserve { reservation: id(n), holder: "h".to_owned(), lines, expires_at };
                (n, reserve(known(&n), &self.levels, &asked, NOW).ok()?)
            }
            Step::Commit(n) => (n, commit(known(&n)?, &self.levels).ok()?),
            Step::Release(n) => (n, release(id(n), known(&n), NOW).ok()?),
            Step::Amend(n, amendment, lines) => {
                let lines = stock::sorted_lines(lines, 1).ok()?;
                (n, amend(known(&n)?, &self.levels, amendment, &lines).ok()?)
            }
            Step::Expire(n) => (n, expire(known(&n)?, NOW + MAX_HOLD)),
            Step::Ship(n) => (n, ship(known(&n)?, &self.levels)),
        };
        if let Some(event) = &decided.event {
            self.happens(event);
        }
        self.reservations.insert(n, decided.after);
        Some(decided.shortfalls)
    }

    fn places_short(&self) -> Vec<(ProductId, SiteId)> {
        let short = self.levels.rows.iter().filter(|(_, level)| level.on_hand_milli < level.reserved_milli);
        short.map(|(place, _)| *place).collect()
    }

    fn is_sound(&self) {
        let mut claimed: BTreeMap<(ProductId, SiteId), i64> = BTreeMap::new();
        for line in self.reservations.values().filter(|r| r.holds()).flat_map(|r| &r.lines) {
            *claimed.entry((line.product, line.site)).or_default() += line.quantity.milli;
        }
        for (place, level) in &self.levels.rows {
            assert_eq!((level.on_hand_milli, level.reserved_milli), self.moved[place]);
            assert_eq!(level.reserved_milli, claimed.get(place).copied().unwrap_or(0));
        }
        assert!(claimed.keys().all(|place| self.levels.rows.contains_key(place)));
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let product = || 1..4_u128;
    let lines = || prop::collection::vec((product(), 1..5_i32).prop_map(|(p, n)| line(p, n)), 1..3);
    let n = || 1..6_u128;
    let step = prop_oneof![
        2 => (product(), 1..10).prop_map(|(p, n)| Step::Receive(p, n)),
        1 => (product(), 0..10).prop_map(|(p, n)| Step::Count(p, n)),
        1 => (product(), 1..4).prop_map(|(p, n)| Step::Sell(p, n)),
        4 => (n(), lines()).prop_map(|(n, lines)| Step::Reserve(n, lines)),
        2 => n().prop_map(Step::Commit),
        1 => n().prop_map(Step::Release),
        3 => (n(), 1..9_i64, lines()).prop_map(|(n, a, lines)| Step::Amend(n, a, lines)),
        1 => n().prop_map(Step::Expire),
        1 => n().prop_map(Step::Ship),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    #[test]
    fn no_sequence_oversells_without_a_fact_or_loses_count(steps in steps()) {
        let mut world = World::default();
        for step in steps {
            let before = world.places_short();
            let told = world.step(step).unwrap_or_default();
            world.is_sound();
            let fresh = world.places_short().iter().filter(|place| !before.contains(place)).count();
            prop_assert!(fresh <= told.len(), "{} places became short, {} were told", fresh, told.len());
        }
    }
}
