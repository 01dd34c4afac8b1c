//! Categories: a tree up to five deep, and what is said of the products in it. Pure decisions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contracts::shared::CategoryId;
use kit::problem::{Problem, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How deep the tree may be.
pub const DEEPEST: usize = 5;

/// A node of the tree of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// How often it has changed, from 1.
    pub version: i64,
    /// The category it belongs to; none at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CategoryId>,
    /// What people call it, 1 to 100 characters.
    pub name: String,
    /// Its name in other languages, by language code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Its place among its siblings, the lowest first.
    pub position: i64,
    /// What is said of its products beyond what the categories above say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// Something that is said of every product of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its key in the products, 1 to 40 of `a`–`z`, `0`–`9` and `_`.
    pub key: String,
    /// What people call it, 1 to 100 characters.
    pub name: String,
    /// Its name in other languages, by language code.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// What its values are.
    pub kind: AttributeKind,
    /// What a number counts, e.g. `W` or `cm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What may be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether a product without it counts as incomplete.
    #[serde(default)]
    pub required: bool,
}

/// What the values of an attribute are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// Any text.
    Text,
    /// A number, of its unit when it has one.
    Number,
    /// True or false.
    YesNo,
    /// One of the choices.
    Choice,
}

/// Why categories cannot be so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CategoryError {
    /// A name, key or list is missing or too long.
    #[error("category {id}: {what}")]
    Malformed {
        /// Which.
        id: CategoryId,
        /// What is wrong.
        what: String,
    },
    /// It belongs to one that does not exist.
    #[error("category {id} belongs to {parent}, which does not exist")]
    NoParent {
        /// Which.
        id: CategoryId,
        /// To which it would belong.
        parent: CategoryId,
    },
    /// It would belong to itself.
    #[error("category {id} would belong to itself")]
    Cycle {
        /// Which.
        id: CategoryId,
    },
    /// It would be too deep.
    #[error("category {id} would be more than {DEEPEST} deep")]
    TooDeep {
        /// Which.
        id: CategoryId,
    },
}

impl Refusal for CategoryError {
    fn problem(&self) -> Problem {
        match self {
            CategoryError::Malformed { .. } => Problem::unfit("category", self.to_string()),
            CategoryError::NoParent { .. } => Problem::invalid(self.to_string()),
            CategoryError::Cycle { id } => {
                Problem::conflict("catalog/category-cycle", "A category cannot belong to itself")
                    .with("category", id.to_string())
            }
            CategoryError::TooDeep { id } => {
                Problem::conflict("catalog/category-too-deep", "The tree of categories would be too deep")
                    .with("category", id.to_string())
                    .with("deepest", DEEPEST)
            }
        }
    }
}

/// The tree, or as much of it as a question needs: always with everything above a category that is in it.
#[derive(Debug, Clone, Default)]
pub struct Tree(HashMap<CategoryId, Category>);

impl Tree {
    /// The tree of these categories.
    #[must_use]
    pub fn of(categories: impl IntoIterator<Item = Category>) -> Tree {
        Tree(categories.into_iter().map(|category| (category.id, category)).collect())
    }

    /// The category `id`.
    #[must_use]
    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.0.get(&id)
    }

    /// The category `id` and those above it, from the top down; empty when it is unknown.
    #[must_use]
    pub fn path(&self, id: CategoryId) -> Vec<&Category> {
        let mut path: Vec<&Category> = std::iter::successors(self.0.get(&id), |category| self.0.get(&category.parent?))
            .take(DEEPEST + 1)
            .collect();
        path.reverse();
        path
    }

    /// What is said of products of the category `id`, from the top down.
    #[must_use]
    pub fn attributes(&self, id: CategoryId) -> Vec<Attribute> {
        self.path(id).into_iter().flat_map(|category| category.attributes.iter().cloned()).collect()
    }
}

/// The categories that change when `asked` are set in `tree`: with their new versions, those above before those below.
///
/// # Errors
/// See [`CategoryError`].
pub fn set(tree: &Tree, asked: Vec<Category>) -> Result<Vec<Category>, CategoryError> {
    let mut after = tree.clone();
    let mut changed = Vec::new();
    for mut category in asked {
        check(&category)?;
        let before = tree.get(category.id);
        category.version = before.map_or(0, |before| before.version);
        if before == Some(&category) {
            continue;
        }
        category.version += 1;
        after.0.insert(category.id, category.clone());
        changed.push(category);
    }
    let mut depths = Vec::new();
    for category in &changed {
        let id = category.id;
        if let Some(parent) = category.parent.filter(|parent| after.get(*parent).is_none()) {
            return Err(CategoryError::NoParent { id, parent });
        }
        depths.push((depth(&after, id)?, id));
    }
    // Whatever hangs below a moved category moves with it.
    for below in after.0.keys() {
        depth(&after, *below)?;
    }
    // Whatever hangs below one that changed has its attributes too.
    let is_changed = |category: &&Category| changed.iter().any(|other| other.id == category.id);
    for id in after.0.keys().filter(|id| after.path(**id).iter().any(is_changed)) {
        let mut keys = BTreeSet::new();
        if let Some(twice) = after.attributes(*id).iter().find(|attribute| !keys.insert(attribute.key.clone())) {
            let what = format!("the attribute {} is defined twice on the way to it", twice.key);
            return Err(CategoryError::Malformed { id: *id, what });
        }
    }
    let place = |id| depths.iter().find(|(_, other)| *other == id).map_or(0, |(depth, _)| *depth);
    changed.sort_by_key(|category| place(category.id));
    Ok(changed)
}

fn depth(tree: &Tree, id: CategoryId) -> Result<usize, CategoryError> {
    let mut depth = 1;
    let mut above = tree.get(id).and_then(|category| category.parent);
    while let Some(parent) = above {
        depth += 1;
        if parent == id {
            return Err(CategoryError::Cycle { id });
        }
        if depth > DEEPEST {
            return Err(CategoryError::TooDeep { id });
        }
        above = tree.get(parent).and_then(|category| category.parent);
    }
    Ok(depth)
}

fn check(category: &Category) -> Result<(), CategoryError> {
    let malformed = |what: &str| Err(CategoryError::Malformed { id: category.id, what: what.to_owned() });
    if !is_text(&category.name, 100) {
        return malformed("a name of 1 to 100 characters is needed");
    }
    if !are_names(&category.names, 100) {
        return malformed("names in other languages are 1 to 100 characters by a language code");
    }
    if category.attributes.len() > 50 {
        return malformed("at most 50 attributes can be defined");
    }
    for attribute in &category.attributes {
        if !is_key(&attribute.key) || !is_text(&attribute.name, 100) || !are_names(&attribute.names, 100) {
            return malformed("an attribute has a key of 1 to 40 of a-z, 0-9 and _, and a name of 1 to 100 characters");
        }
        let choices = attribute.kind == AttributeKind::Choice;
        if choices == attribute.choices.is_empty() || attribute.choices.len() > 200 {
            return malformed("an attribute of kind choice, and no other, has 1 to 200 choices");
        }
        if attribute.unit.is_some() && attribute.kind != AttributeKind::Number {
            return malformed("only a number has a unit");
        }
    }
    Ok(())
}

/// Is it `longest` characters at most, and not only blanks?
pub(crate) fn is_text(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest
}

/// Are these names by language code?
pub(crate) fn are_names(names: &BTreeMap<String, String>, longest: usize) -> bool {
    let language =
        |code: &str| (2..=8).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    names.len() <= 20 && names.iter().all(|(code, name)| language(code) && is_text(name, longest))
}

/// Is it a key of attributes and custom fields?
pub(crate) fn is_key(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(n: u128, parent: u128) -> Category {
        let parent = (parent > 0).then(|| CategoryId::from_u128(parent));
        let (names, attributes) = (BTreeMap::new(), Vec::new());
        Category {
            id: CategoryId::from_u128(n),
            version: 0,
            parent,
            name: format!("c{n}"),
            names,
            position: 0,
            attributes,
        }
    }

    #[test]
    fn a_tree_is_set_in_any_order_and_what_is_the_same_does_not_change() {
        let changed = set(&Tree::default(), vec![category(3, 2), category(2, 1), category(1, 0)]).unwrap();
        assert_eq!(changed.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3"]);
        assert!(changed.iter().all(|category| category.version == 1));
        let tree = Tree::of(changed);
        assert_eq!(set(&tree, vec![category(2, 1)]), Ok(Vec::new()));
        assert_eq!(set(&tree, vec![category(3, 1)]).unwrap()[0].version, 2);
        assert_eq!(tree.path(CategoryId::from_u128(3)).len(), 3);
    }

    #[test]
    fn an_attribute_is_said_once_on_the_way_to_a_category_whichever_was_there_first() {
        let attribute = |key: &str| Attribute {
            key: key.to_owned(),
            name: key.to_owned(),
            names: BTreeMap::new(),
            kind: AttributeKind::Text,
            unit: None,
            choices: Vec::new(),
            required: false,
        };
        let with = |n, parent, key| Category { attributes: vec![attribute(key)], ..category(n, parent) };
        let tree = Tree::of(set(&Tree::default(), vec![category(1, 0), category(2, 1), with(3, 2, "field")]).unwrap());
        let refused = set(&tree, vec![with(1, 0, "field")]);
        assert!(
            matches!(refused, Err(CategoryError::Malformed { id, .. }) if id == CategoryId::from_u128(3)),
            "{refused:?}"
        );
        assert_eq!(set(&tree, vec![with(1, 0, "other")]).map(|changed| changed.len()), Ok(1));
    }

    #[test]
    fn no_category_belongs_to_itself_to_nobody_or_too_deep() {
        let chain = (1..=5).map(|n| category(n, n - 1));
        let tree = Tree::of(set(&Tree::default(), chain.collect()).unwrap());
        let id = CategoryId::from_u128;
        assert_eq!(set(&tree, vec![category(2, 3)]), Err(CategoryError::Cycle { id: id(2) }));
        assert_eq!(set(&tree, vec![category(6, 5)]), Err(CategoryError::TooDeep { id: id(6) }));
        assert_eq!(set(&tree, vec![category(7, 9)]), Err(CategoryError::NoParent { id: id(7), parent: id(9) }));
        let above = vec![category(8, 0), category(1, 8)];
        assert_eq!(set(&tree, above), Err(CategoryError::TooDeep { id: id(5) }));
    }
}
