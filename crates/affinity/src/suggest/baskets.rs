//! What everything here is fitted from: past baskets, and sets of products.

/// The household of a basket nobody is known for.
pub const NOBODY: u32 = u32::MAX;

/// Past baskets in columns. Products and households are dense numbers from 0.
#[derive(Debug, Clone, Copy)]
pub struct Baskets<'a> {
    /// Products in the catalogue; a product's number is below it.
    pub products: usize,
    /// Where each basket's lines start, and at the end how many lines there are: one entry more than baskets.
    pub starts: &'a [u32],
    /// The products of all baskets, basket by basket; a product bought twice in a basket counts once.
    pub lines: &'a [u32],
    /// Who bought each basket, or [`NOBODY`]; empty if nobody is known.
    pub household: &'a [u32],
    /// When each basket was bought, in days from any beginning; empty if unknown (then baskets count as in order of time).
    pub day: &'a [f32],
}

/// Why baskets cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasketError {
    /// The catalogue has no products.
    NoProducts,
    /// A column does not have one entry for each basket.
    Length {
        /// The column's name.
        column: &'static str,
        /// Entries expected.
        expected: usize,
        /// Entries found.
        found: usize,
    },
    /// The starts do not rise from 0 to the number of lines.
    Starts {
        /// The first basket that is wrong.
        basket: usize,
    },
    /// A number that is no product of the catalogue.
    Product {
        /// The line it stands in.
        line: usize,
        /// The number.
        product: u32,
    },
    /// A day that is no finite number.
    Day {
        /// The basket.
        basket: usize,
    },
    /// A household's number that leaves more than nine of ten numbers unused.
    Household {
        /// The basket.
        basket: usize,
        /// The number.
        household: u32,
    },
}

impl std::fmt::Display for BasketError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            BasketError::NoProducts => write!(f, "the catalogue has no products"),
            BasketError::Length { column, expected, found } => {
                write!(f, "{column} has {found} entries instead of {expected}")
            }
            BasketError::Starts { basket } => write!(f, "the lines of basket {basket} start in the wrong place"),
            BasketError::Product { line, product } => write!(f, "line {line}: {product} is no product's number"),
            BasketError::Day { basket } => write!(f, "basket {basket} has no finite day"),
            BasketError::Household { basket, household } => {
                write!(f, "basket {basket}: household {household} is not counted from 0 without large gaps")
            }
        }
    }
}

impl std::error::Error for BasketError {}

impl Baskets<'_> {
    /// Checks that the columns fit together.
    pub fn check(&self) -> Result<(), BasketError> {
        if self.products == 0 {
            return Err(BasketError::NoProducts);
        }
        let Some(count) = self.starts.len().checked_sub(1) else {
            return Err(BasketError::Length { column: "starts", expected: 1, found: 0 });
        };
        for (column, found) in [("household", self.household.len()), ("day", self.day.len())] {
            if found != 0 && found != count {
                return Err(BasketError::Length { column, expected: count, found });
            }
        }
        if self.starts[0] != 0 {
            return Err(BasketError::Starts { basket: 0 });
        }
        if let Some(basket) = self.starts.windows(2).position(|pair| pair[0] > pair[1]) {
            return Err(BasketError::Starts { basket });
        }
        if self.starts[count] as usize != self.lines.len() {
            return Err(BasketError::Starts { basket: count });
        }
        if let Some(line) = self.lines.iter().position(|product| *product as usize >= self.products) {
            return Err(BasketError::Product { line, product: self.lines[line] });
        }
        if let Some(basket) = self.day.iter().position(|day| !day.is_finite()) {
            return Err(BasketError::Day { basket });
        }
        let most = 1000 + 10 * count;
        if let Some(basket) = self.household.iter().position(|one| *one != NOBODY && *one as usize >= most) {
            return Err(BasketError::Household { basket, household: self.household[basket] });
        }
        Ok(())
    }

    /// How many baskets there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A basket's lines as given.
    pub(crate) fn lines_of(&self, basket: usize) -> &[u32] {
        &self.lines[self.starts[basket] as usize..self.starts[basket + 1] as usize]
    }

    /// Who bought a basket, if known.
    pub(crate) fn household_of(&self, basket: usize) -> Option<u32> {
        self.household.get(basket).copied().filter(|household| *household != NOBODY)
    }

    /// When a basket was bought, in days.
    pub(crate) fn day_of(&self, basket: usize) -> f32 {
        self.day.get(basket).copied().unwrap_or(0.0)
    }
}

/// A set of products, one bit each: what a store has, what may be offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductSet {
    words: Vec<u64>,
}

impl ProductSet {
    /// Adds a product.
    pub fn insert(&mut self, product: u32) {
        let word = product as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (product % 64);
    }

    /// Whether the product is in the set.
    pub fn contains(&self, product: u32) -> bool {
        self.words.get(product as usize / 64).is_some_and(|word| word >> (product % 64) & 1 == 1)
    }
}

impl FromIterator<u32> for ProductSet {
    fn from_iter<I: IntoIterator<Item = u32>>(products: I) -> Self {
        let mut set = ProductSet::default();
        products.into_iter().for_each(|product| set.insert(product));
        set
    }
}

/// Bits that look random and are the same for the same number everywhere (SplitMix64's finaliser).
pub(crate) fn scramble(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
