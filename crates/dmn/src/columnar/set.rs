//! What a cell lets through: a set of values of one kind, closed under union, intersection and complement.

use std::collections::BTreeSet;

/// The kind of values that a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers, at most 15 digits: then a binary fraction stands for one decimal only, and comparing either is the same.
    Number,
    /// Texts.
    Text,
    /// Yes or no.
    Boolean,
    /// Days since 1970-01-01.
    Date,
    /// Whole seconds since midnight, without a zone.
    Time,
    /// Months.
    Months,
    /// Whole seconds.
    Seconds,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Key {
    /// Of a kind that lies on a line.
    At(f64),
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// A place between the values of a line where membership changes: right before the value, or right after it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Cut {
    /// The value.
    pub at: f64,
    /// Whether the value itself lies before the cut.
    pub after: bool,
}

/// A set of values of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Set {
    /// On a line: whether the far left is in, and where that changes, in order.
    Line {
        /// Whether the smallest values are in.
        begins: bool,
        /// Where membership changes, in order, each place once.
        cuts: Vec<Cut>,
    },
    /// Texts: whether those not listed are in, and those that differ from them.
    Texts {
        /// Whether texts that nobody names are in.
        others: bool,
        /// The texts for which the opposite holds.
        listed: BTreeSet<String>,
    },
    /// Whether false and true are in.
    Flags([bool; 2]),
}

impl Set {
    /// Everything or nothing.
    pub(crate) fn whole(kind: Kind, is_in: bool) -> Set {
        match kind {
            Kind::Text => Set::Texts { others: is_in, listed: BTreeSet::new() },
            Kind::Boolean => Set::Flags([is_in; 2]),
            _ => Set::Line { begins: is_in, cuts: Vec::new() },
        }
    }

    /// One value.
    pub(crate) fn one(key: &Key) -> Set {
        match key {
            Key::At(at) => Set::span(Some(Cut { at: *at, after: false }), Some(Cut { at: *at, after: true })),
            Key::Text(text) => Set::Texts { others: false, listed: BTreeSet::from([text.clone()]) },
            Key::Flag(flag) => Set::Flags([!flag, *flag]),
        }
    }

    /// What lies between two cuts; `None` is without end.
    pub(crate) fn span(from: Option<Cut>, to: Option<Cut>) -> Set {
        match (from, to) {
            (Some(from), Some(to)) if from >= to => Set::Line { begins: false, cuts: Vec::new() },
            (from, to) => Set::Line { begins: from.is_none(), cuts: from.into_iter().chain(to).collect() },
        }
    }

    /// All others.
    pub(crate) fn complement(self) -> Set {
        match self {
            Set::Line { begins, cuts } => Set::Line { begins: !begins, cuts },
            Set::Texts { others, listed } => Set::Texts { others: !others, listed },
            Set::Flags([no, yes]) => Set::Flags([!no, !yes]),
        }
    }

    /// What is in either.
    pub(crate) fn union(&self, other: &Set) -> Set {
        self.merge(other, |a, b| a || b)
    }

    /// What is in both.
    pub(crate) fn intersection(&self, other: &Set) -> Set {
        self.merge(other, |a, b| a && b)
    }

    fn merge(&self, other: &Set, rule: impl Fn(bool, bool) -> bool) -> Set {
        match (self, other) {
            (Set::Line { begins: a, cuts: x }, Set::Line { begins: b, cuts: y }) => merge_lines((*a, x), (*b, y), rule),
            (Set::Texts { others: a, listed: x }, Set::Texts { others: b, listed: y }) => {
                let others = rule(*a, *b);
                let listed = x.union(y).filter(|text| rule(*a != x.contains(*text), *b != y.contains(*text)) != others);
                Set::Texts { others, listed: listed.cloned().collect() }
            }
            (Set::Flags(x), Set::Flags(y)) => Set::Flags([rule(x[0], y[0]), rule(x[1], y[1])]),
            _ => unreachable!("a column is of one kind"),
        }
    }

    /// Whether everything is in.
    pub(crate) fn is_all(&self) -> bool {
        match self {
            Set::Line { begins, cuts } => *begins && cuts.is_empty(),
            Set::Texts { others, listed } => *others && listed.is_empty(),
            Set::Flags(flags) => flags[0] && flags[1],
        }
    }

    /// Whether `key` is in.
    #[cfg(test)]
    pub(crate) fn contains(&self, key: &Key) -> bool {
        match (self, key) {
            (Set::Line { begins, cuts }, Key::At(at)) => {
                let passed = cuts.iter().filter(|cut| if cut.after { cut.at < *at } else { cut.at <= *at }).count();
                *begins != (passed % 2 == 1)
            }
            (Set::Texts { others, listed }, Key::Text(text)) => *others != listed.contains(text),
            (Set::Flags(flags), Key::Flag(flag)) => flags[usize::from(*flag)],
            _ => false,
        }
    }
}

fn merge_lines(a: (bool, &[Cut]), b: (bool, &[Cut]), rule: impl Fn(bool, bool) -> bool) -> Set {
    let (mut in_a, mut in_b) = (a.0, b.0);
    let (mut x, mut y) = (a.1.iter().peekable(), b.1.iter().peekable());
    let begins = rule(in_a, in_b);
    let (mut cuts, mut is_in) = (Vec::new(), begins);
    loop {
        let next = match (x.peek(), y.peek()) {
            (None, None) => break,
            (Some(cut), None) | (None, Some(cut)) => **cut,
            (Some(one), Some(two)) => {
                if one <= two {
                    **one
                } else {
                    **two
                }
            }
        };
        if x.next_if(|cut| **cut == next).is_some() {
            in_a = !in_a;
        }
        if y.next_if(|cut| **cut == next).is_some() {
            in_b = !in_b;
        }
        let now = rule(in_a, in_b);
        if now != is_in {
            cuts.push(next);
            is_in = now;
        }
    }
    Set::Line { begins, cuts }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(from: f64, to: f64) -> Set {
        Set::span(Some(Cut { at: from, after: false }), Some(Cut { at: to, after: true }))
    }

    #[test]
    fn sets_of_a_line_behave_as_their_members() {
        let above = Set::span(Some(Cut { at: 3.0, after: true }), None);
        let sets = [closed(1.0, 4.0), closed(4.0, 6.0), above, Set::one(&Key::At(2.0)), closed(6.0, 1.0)];
        for a in &sets {
            for b in &sets {
                let (union, both, not) = (a.union(b), a.intersection(b), a.clone().complement());
                for half in 0..16 {
                    let key = Key::At(f64::from(half) / 2.0);
                    assert_eq!(union.contains(&key), a.contains(&key) || b.contains(&key));
                    assert_eq!(both.contains(&key), a.contains(&key) && b.contains(&key));
                    assert_eq!(not.contains(&key), !a.contains(&key));
                }
            }
        }
        assert!(closed(1.0, 4.0).union(&closed(1.0, 4.0).complement()).is_all());
    }

    #[test]
    fn sets_of_texts_know_those_that_nobody_names() {
        let text = |text: &str| Key::Text(text.to_owned());
        let not_a = Set::one(&text("a")).complement();
        assert!(not_a.contains(&text("z")) && !not_a.contains(&text("a")));
        assert!(not_a.union(&Set::one(&text("a"))).is_all());
        assert_eq!(not_a.intersection(&Set::one(&text("b"))), Set::one(&text("b")));
    }
}
