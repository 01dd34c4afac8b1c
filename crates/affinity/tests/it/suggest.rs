//! Suggestions for any baskets and for particular ones.

use affinity::suggest::answer::{Question, QuestionError, Suggester};
use affinity::suggest::baskets::{BasketError, Baskets, NOBODY, ProductSet};
use affinity::suggest::candidates::Scratch;
use affinity::suggest::fit::{FitError, Settings, fit};
use affinity::suggest::habits::Habits;
use affinity::suggest::pairs::{Pairs, PairsError};
use proptest::prelude::*;

/// Baskets that own their data.
#[derive(Debug, Clone, Default)]
struct Past {
    products: usize,
    starts: Vec<u32>,
    lines: Vec<u32>,
    household: Vec<u32>,
    day: Vec<f32>,
}

impl Past {
    fn empty(products: usize) -> Self {
        Past { products, starts: vec![0], ..Past::default() }
    }

    fn with(mut self, household: u32, day: f32, products: &[u32]) -> Self {
        self.add(household, day, products);
        self
    }

    fn add(&mut self, household: u32, day: f32, products: &[u32]) {
        self.lines.extend_from_slice(products);
        self.starts.push(self.lines.len() as u32);
        self.household.push(household);
        self.day.push(day);
    }

    fn baskets(&self) -> Baskets<'_> {
        Baskets {
            products: self.products,
            starts: &self.starts,
            lines: &self.lines,
            household: &self.household,
            day: &self.day,
        }
    }

    fn fit(&self, settings: &Settings) -> (Suggester, Habits) {
        fit(&self.baskets(), settings).expect("baskets that fit together")
    }
}

/// A shop in which bread (0) goes with butter (1), pasta (2) with sauce (3); household 7 takes cat food (5) every time;
/// milk (4) is in every second basket. Product 6 is never sold.
fn shop() -> Past {
    let mut past = Past::empty(7);
    for visit in 0..600_u32 {
        let household = visit % 10;
        let mut basket = if visit % 3 == 0 { vec![0, 1] } else { vec![2, 3] };
        if visit % 2 == 0 {
            basket.push(4);
        }
        if household == 7 {
            basket.push(5);
        }
        past.add(household, visit as f32 / 4.0, &basket);
    }
    past
}

fn first(model: &Suggester, question: &Question) -> u32 {
    model.suggest(question, &mut Scratch::default()).expect("a question with an answer")[0].product
}

#[test]
fn butter_goes_with_bread() {
    let (model, _) = shop().fit(&Settings { ridge: 1.0, ..Settings::default() });
    assert_eq!(first(&model, &Question { basket: &[0], count: 1, ..Question::default() }), 1);
    assert_eq!(first(&model, &Question { basket: &[2], count: 1, ..Question::default() }), 3);
}

#[test]
fn what_is_not_there_is_not_suggested_and_margin_outweighs_likelihood() {
    let (model, _) = shop().fit(&Settings { ridge: 1.0, ..Settings::default() });
    let without_butter: ProductSet = [2, 3, 4, 5].into_iter().collect();
    let question = Question { basket: &[0], available: Some(&without_butter), count: 1, ..Question::default() };
    assert_eq!(first(&model, &question), 4);
    let margins = [1.0, 0.01, 1.0, 1.0, 20.0, 1.0, 1.0];
    let question = Question { basket: &[0], margins: Some(&margins), count: 3, ..Question::default() };
    let suggestions = model.suggest(&question, &mut Scratch::default()).unwrap();
    assert_eq!(suggestions[0].product, 4);
    assert_eq!(suggestions[0].value, suggestions[0].probability * 20.0);
}

#[test]
fn a_household_is_reminded_of_its_habit_and_told_why() {
    let (model, mut habits) = shop().fit(&Settings { ridge: 1.0, ..Settings::default() });
    let question =
        Question { basket: &[2, 3], household: Some((habits.of(7).unwrap(), 150.0)), count: 1, ..Question::default() };
    assert_eq!(first(&model, &question), 5);
    let why = model.explain(&question, 5, &mut Scratch::default()).unwrap();
    let (usual, share) = why.habit.unwrap();
    assert_eq!(usual.times, 60);
    assert!(share > 0.1, "{why:?}");

    habits.forget(7);
    assert!(habits.of(7).is_none());
    let stranger = Question { basket: &[0], count: 1, ..Question::default() };
    let why = model.explain(&stranger, 1, &mut Scratch::default()).unwrap();
    assert_eq!(why.basket[0].0, 0);
    assert!(why.basket[0].1 > 0.1 && why.habit.is_none(), "{why:?}");
}

#[test]
fn habits_a_basket_at_a_time_equal_all_at_once() {
    let past = shop();
    let (_, learned) = past.fit(&Settings::default());
    let mut later = Habits::default();
    for visit in 0..past.household.len() {
        let lines = &past.lines[past.starts[visit] as usize..past.starts[visit + 1] as usize];
        later.bought(past.household[visit], past.day[visit], lines);
    }
    later.bought(NOBODY, 0.0, &[0]);
    later.bought(u32::MAX - 1, f32::NAN, &[u32::MAX]);
    assert!(later.of(NOBODY).is_none() && later.of(u32::MAX - 1).is_some());
    for household in 0..10 {
        assert_eq!(learned.of(household), later.of(household));
        assert_eq!(Habits::new(&past.baskets()).of(household), later.of(household));
    }
}

#[test]
fn an_empty_or_unknown_basket_gets_what_is_popular() {
    let (model, _) = shop().fit(&Settings::default());
    for basket in [&[][..], &[6]] {
        let suggestions = model.suggest(&Question { basket, count: 3, ..Question::default() }, &mut Scratch::default());
        let mut products: Vec<u32> = suggestions.unwrap().iter().map(|one| one.product).collect();
        products.sort_unstable();
        assert_eq!(products, [2, 3, 4]);
    }
}

#[test]
fn a_catalogue_larger_than_the_head_still_knows_its_tail() {
    let whole = shop().fit(&Settings { ridge: 1.0, ..Settings::default() }).0;
    let split = shop().fit(&Settings { ridge: 1.0, head: 4, ..Settings::default() }).0;
    for (basket, expected) in [(&[0][..], 1), (&[1], 0), (&[2], 3)] {
        for model in [&whole, &split] {
            assert_eq!(first(model, &Question { basket, count: 1, ..Question::default() }), expected);
        }
    }
}

/// Households that take milk A (0) or B (1), never both, and in most baskets tea (3) with lemon (4); milk C (2) is bought
/// beside A.
fn milk() -> (Past, Vec<u32>) {
    let mut past = Past::empty(6);
    for visit in 0..200_u32 {
        let mut basket = if visit % 3 == 0 { vec![1] } else { vec![0, 2] };
        if visit % 4 == 0 {
            basket.extend([3, 4]);
        }
        past.add(visit % 5, visit as f32, &basket);
    }
    (past, vec![0, 0, 0, 1, 1, 1])
}

#[test]
fn what_is_taken_instead_is_a_substitute_and_what_is_taken_too_is_adjacent() {
    let (past, category) = milk();
    let pairs = Pairs::new(&past.baskets(), &category).unwrap();
    let substitutes = pairs.substitutes(0, 5);
    assert_eq!(substitutes.iter().map(|one| one.product).collect::<Vec<u32>>(), [1]);
    assert_eq!((substitutes[0].together, substitutes[0].share), (0, 1.0));
    let adjacent = pairs.adjacency(3, 5);
    assert_eq!((adjacent[0].product, adjacent[0].together, adjacent[0].lift), (4, 50, 4.0));
    assert_eq!(pairs.adjacency(0, 1)[0].product, 2);
    assert!(pairs.adjacency(5, 3).is_empty() && pairs.substitutes(5, 3).is_empty());
    assert!(pairs.adjacency(6, 3).is_empty() && pairs.substitutes(u32::MAX, 3).is_empty());

    let refused = |category: &[u32]| Pairs::new(&past.baskets(), category).err().unwrap();
    assert_eq!(refused(&[0; 5]), PairsError::Categories { expected: 6, found: 5 });
    assert_eq!(refused(&[0, 0, 0, 0, 0, 9]), PairsError::Category(9));
}

#[test]
fn wrong_input_is_named() {
    let refused = |past: &Past| fit(&past.baskets(), &Settings::default()).err().unwrap();
    assert_eq!(refused(&Past::empty(0)), FitError::Baskets(BasketError::NoProducts));
    let past = Past::empty(2).with(0, 0.0, &[0, 2]);
    assert_eq!(refused(&past), FitError::Baskets(BasketError::Product { line: 1, product: 2 }));
    let past = Past::empty(2).with(0, f32::NAN, &[0]);
    assert_eq!(refused(&past), FitError::Baskets(BasketError::Day { basket: 0 }));
    let past = Past::empty(2).with(4_000_000, 0.0, &[0]);
    assert_eq!(refused(&past), FitError::Baskets(BasketError::Household { basket: 0, household: 4_000_000 }));
    let mut past = Past::empty(2).with(0, 0.0, &[0]);
    past.day.push(1.0);
    assert_eq!(refused(&past), FitError::Baskets(BasketError::Length { column: "day", expected: 1, found: 2 }));
    past.starts = vec![0, 2];
    past.day.clear();
    assert_eq!(refused(&past), FitError::Baskets(BasketError::Starts { basket: 1 }));
    let past = Past::empty(2).with(0, 0.0, &[0]);
    let settings = Settings { ridge: f32::NAN, ..Settings::default() };
    assert_eq!(fit(&past.baskets(), &settings).err(), Some(FitError::Setting("ridge")));

    let (model, _) = past.fit(&Settings::default());
    let ask = |question: Question| model.suggest(&question, &mut Scratch::default()).err().unwrap();
    assert_eq!(ask(Question { basket: &[2], count: 1, ..Question::default() }), QuestionError::Product(2));
    let question = Question { margins: Some(&[1.0]), count: 1, ..Question::default() };
    assert_eq!(ask(question), QuestionError::Margins { expected: 2, found: 1 });
    let question = Question { margins: Some(&[1.0, f32::NAN]), count: 1, ..Question::default() };
    assert_eq!(ask(question), QuestionError::NotFinite);
}

fn any_past() -> impl Strategy<Value = Past> {
    let basket = (0..6_u32, 0..100_u8, prop::collection::vec(0..12_u32, 0..9));
    (12..20_usize, prop::collection::vec(basket, 0..60)).prop_map(|(products, baskets)| {
        let mut past = Past::empty(products);
        for (household, day, lines) in baskets {
            past.add(if household == 5 { NOBODY } else { household }, f32::from(day), &lines);
        }
        past
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn suggestions_are_new_available_ordered_and_the_same_again(
        past in any_past(),
        basket in prop::collection::vec(0..12_u32, 0..8),
        available in prop::option::of(prop::collection::vec(0..20_u32, 0..12)),
        margins in any::<bool>(),
        household in prop::option::of(0..6_u32),
        head in 1..20_usize,
        count in 0..14_usize,
    ) {
        let settings = Settings { head, neighbours: 1 + head / 2, ..Settings::default() };
        let (model, habits) = past.fit(&settings);
        let set = available.as_ref().map(|products| products.iter().copied().collect::<ProductSet>());
        let money: Vec<f32> = (0..past.products).map(|product| product as f32 - 3.0).collect();
        let question = Question {
            basket: &basket,
            household: household.and_then(|household| habits.of(household)).map(|habit| (habit, 100.0)),
            available: set.as_ref(),
            margins: margins.then_some(&money),
            count,
        };
        let mut scratch = Scratch::default();
        let suggestions = model.suggest(&question, &mut scratch).unwrap();
        let offered = (0..past.products as u32)
            .filter(|product| !basket.contains(product) && set.as_ref().is_none_or(|set| set.contains(*product)))
            .count();
        prop_assert_eq!(suggestions.len(), offered.min(count));
        for (at, one) in suggestions.iter().enumerate() {
            prop_assert!(!basket.contains(&one.product) && (one.product as usize) < past.products);
            prop_assert!(set.as_ref().is_none_or(|set| set.contains(one.product)));
            prop_assert!((0.0..=1.0).contains(&one.probability) && one.value.is_finite());
            prop_assert!(at == 0 || suggestions[at - 1].value >= one.value);
            prop_assert!(suggestions[..at].iter().all(|before| before.product != one.product));
            let why = model.explain(&question, one.product, &mut scratch).unwrap();
            prop_assert!((why.probability - one.probability).abs() < 1e-3);
        }
        let (again, _) = past.fit(&settings);
        prop_assert_eq!(again.suggest(&question, &mut Scratch::default()).unwrap(), suggestions);
    }
}
