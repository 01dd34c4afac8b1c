//! How far two words are apart: letters put in, left out, mistaken for others, or changed places with their neighbour.
//! A whole column of the table of distances is kept in the bits of a word (Hyyrö 2003, optimal string alignment).

/// A word that is looked for.
pub(super) struct Pattern {
    /// For each code, the places in the word at which it stands.
    places: Box<[u64; 256]>,
    length: usize,
    letters: u64,
}

/// The set of a word's letters, for a first look: each letter that only one of two words has costs at least one error.
pub(super) fn letters(word: &[u8]) -> u64 {
    word.iter().fold(0, |set, code| set | 1 << (code % 64))
}

impl Pattern {
    /// `word`, 1 to 64 codes.
    pub(super) fn new(word: &[u8]) -> Pattern {
        let mut places = Box::new([0; 256]);
        for (at, code) in word.iter().enumerate() {
            places[usize::from(*code)] |= 1 << at;
        }
        Pattern { places, length: word.len(), letters: letters(word) }
    }

    /// Could a word with these `letters` and this length be within `most` errors? `prefix` looks at its beginning only.
    pub(super) fn may_match(&self, letters: u64, length: usize, most: u32, prefix: bool) -> bool {
        let missing = (self.letters & !letters).count_ones() <= most;
        let long_enough = length + most as usize >= self.length;
        let rest = prefix || (length <= self.length + most as usize && (letters & !self.letters).count_ones() <= most);
        missing && long_enough && rest
    }

    /// The errors between this word and the whole of `word`, and between it and the best beginning of `word`.
    pub(super) fn distances(&self, word: &[u8]) -> (u32, u32) {
        let last = 1_u64 << (self.length - 1);
        let (mut up, mut down, mut diagonal, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
        let mut errors = self.length as u32;
        let mut best = errors;
        for code in word {
            let here = self.places[usize::from(*code)];
            let swapped = ((!diagonal & here) << 1) & before;
            diagonal = ((here & up).wrapping_add(up) ^ up) | here | down | swapped;
            let (right, left) = (down | !(diagonal | up), diagonal & up);
            errors = errors + u32::from(right & last != 0) - u32::from(left & last != 0);
            let (right, left) = (right << 1 | 1, left << 1);
            up = left | !(diagonal | right);
            down = right & diagonal;
            before = here;
            best = best.min(errors);
        }
        (errors, best)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The table written out.
    fn table(a: &[u8], b: &[u8]) -> u32 {
        let mut rows = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = if i == 0 || j == 0 {
                    (i + j) as u32
                } else {
                    let change = rows[i - 1][j - 1] + u32::from(a[i - 1] != b[j - 1]);
                    let mut least = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        rows[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn bits_say_what_the_table_says(
            a in prop::collection::vec(1_u8..5, 1..12),
            b in prop::collection::vec(1_u8..5, 0..14),
        ) {
            let pattern = Pattern::new(&a);
            let (whole, beginning) = pattern.distances(&b);
            prop_assert_eq!(whole, table(&a, &b));
            let best = (0..=b.len()).map(|end| table(&a, &b[..end])).min();
            prop_assert_eq!(Some(beginning), best);
            prop_assert!(pattern.may_match(letters(&b), b.len(), whole, false));
            prop_assert!(pattern.may_match(letters(&b), b.len(), beginning, true));
        }
    }

    #[test]
    fn neighbours_that_change_places_are_one_error() {
        assert_eq!(Pattern::new(b"mlik").distances(b"milk").0, 1);
        assert_eq!(Pattern::new(b"choclate").distances(b"chocolate").0, 1);
        assert_eq!(Pattern::new(b"choco").distances(b"chocolate").1, 0);
    }
}
