//! What goes with a basket: fitted from past baskets, answered in microseconds, explained product by product.
//!
//! [`fit`](fit::fit) learns the item model and the rankers; [`Habits`](habits::Habits) remember each household and take
//! in a basket at a time; [`Suggester::suggest`](answer::Suggester::suggest) ranks by probability or expected margin.

pub mod answer;
pub mod baskets;
pub mod candidates;
mod dense;
pub mod fit;
pub mod habits;
mod items;
mod learn;
mod left_out;
mod logistic;
pub mod pairs;
mod ranker;
mod rows;
