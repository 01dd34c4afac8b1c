//! Finding products of the demo the way people write.

use super::{Index, Wanted};
use crate::seed::{SeedProduct, assortment};

fn demo() -> Index {
    let (categories, products) = assortment();
    let mut index = Index::default();
    categories.iter().for_each(|category| index.put_category(category));
    products.iter().for_each(|one| index.put(&one.product));
    index
}

fn numbers(index: &Index, text: &str, limit: usize) -> Vec<String> {
    let wanted = Wanted { text: text.to_owned(), limit, ..Wanted::default() };
    index.search(&wanted).hits.into_iter().map(|hit| hit.number).collect()
}

#[test]
fn of_200_questions_with_typing_errors_95_in_100_find_their_product_among_the_first_five() {
    let list = include_str!("../../../../scenarios/search/typing-errors.csv");
    let index = demo();
    let questions: Vec<(&str, &str)> = list.lines().skip(1).filter_map(|line| line.rsplit_once(',')).collect();
    assert_eq!(questions.len(), 200);
    let found = |(text, number): &&(&str, &str)| numbers(&index, text, 5).iter().any(|hit| hit == number);
    let (found, missed): (Vec<&(&str, &str)>, Vec<_>) = questions.iter().partition(found);
    println!("{} of {} found among the first five; not: {missed:?}", found.len(), questions.len());
    assert!(found.len() * 100 >= questions.len() * 95, "{missed:?}");
}

#[test]
fn exact_words_come_before_near_ones_and_names_before_categories() {
    let index = demo();
    let first = |text: &str| {
        index.search(&Wanted { text: text.to_owned(), limit: 1, ..Wanted::default() }).hits[0].name.clone()
    };
    assert!(first("butter").contains("utter"), "{}", first("butter"));
    assert!(first("green tea").contains("Green tea"), "{}", first("green tea"));
    assert!(first("зелений чай").contains("Green tea"), "{}", first("зелений чай"));
    assert!(first("vjkjrj").contains("milk"), "{}", first("vjkjrj"));
}

#[test]
fn counts_of_categories_and_brands_add_up_and_pages_follow_each_other() {
    let index = demo();
    let wanted = |offset, limit| Wanted { text: "milk".to_owned(), offset, limit, ..Wanted::default() };
    let all = index.search(&wanted(0, 10_000));
    assert_eq!(all.total, all.hits.len());
    assert_eq!(all.categories.iter().map(|one| one.count).sum::<usize>(), all.total);
    let pages: Vec<_> = (0..all.total).step_by(7).flat_map(|offset| index.search(&wanted(offset, 7)).hits).collect();
    assert_eq!(pages, all.hits);
    let inside = Wanted { category: Some(all.categories[0].id), ..wanted(0, 10_000) };
    assert_eq!(index.search(&inside).total, all.categories[0].count);
    let brand = all.brands[0].clone();
    let of_brand = Wanted { brand: Some(brand.name), ..wanted(0, 10_000) };
    assert_eq!(index.search(&of_brand).total, brand.count);
}

#[test]
fn a_product_that_changes_is_found_as_it_is_now() {
    let (_, products) = assortment();
    let mut index = demo();
    let count = index.len();
    for round in 0..3 {
        for SeedProduct { product, .. } in &products {
            let mut product = product.clone();
            product.name = format!("{} renamed{round}", product.name);
            index.put(&product);
        }
    }
    let renamed =
        |round: usize| index.search(&Wanted { text: format!("renamed{round}"), limit: 1, ..Wanted::default() });
    assert_eq!(index.len(), count);
    assert!(renamed(2).total > 2_000 && !renamed(2).relaxed);
    assert!(
        index.search(&Wanted { limit: 5, ..Wanted::default() }).hits.iter().all(|hit| hit.name.ends_with("renamed2"))
    );
}
