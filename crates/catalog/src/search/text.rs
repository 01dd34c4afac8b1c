//! Words as the index knows them: lower case without accents, letters and digits apart, each character one byte.

/// The longest word that is told apart, in characters: a row of bits is compared at a time.
pub(super) const LONGEST: usize = 40;

/// A word: one code for each character.
pub(super) type Word = Box<[u8]>;

const DIGITS: std::ops::RangeInclusive<u8> = 27..=36;

/// The words of `text`. `500ml` are two of them, as `500 ml` are.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Vec<u8> = Vec::new();
    let mut end = |word: &mut Vec<u8>| {
        if !word.is_empty() {
            words.push(std::mem::take(word).into_boxed_slice());
        }
    };
    for character in text.chars() {
        if matches!(character, '\'' | '’' | 'ʼ' | '`') {
            continue;
        }
        if !character.is_alphanumeric() {
            end(&mut word);
            continue;
        }
        for character in character.to_lowercase() {
            let (first, second) = plain(character);
            for code in [Some(first), second].into_iter().flatten().filter_map(code) {
                if word.last().is_some_and(|last| DIGITS.contains(last) != DIGITS.contains(&code)) {
                    end(&mut word);
                }
                if word.len() < LONGEST {
                    word.push(code);
                }
            }
        }
    }
    end(&mut word);
    words
}

/// What products are sorted by: the name in lower case without accents.
pub(super) fn sort_key(name: &str) -> Box<str> {
    let mut key = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        let (first, second) = plain(character);
        key.push(first);
        key.extend(second);
    }
    key.into_boxed_str()
}

/// Is it a number?
pub(super) fn is_number(word: &[u8]) -> bool {
    word.iter().all(|code| DIGITS.contains(code))
}

/// `word` as it would have come from the other keyboard layout, Latin or Ukrainian, on the same keys.
pub(super) fn other_layout(word: &[u8]) -> Word {
    const LATIN: &str = "qwertyuiopasdfghjklzxcvbnm";
    const CYRILLIC: &str = "йцукенгшщзфівапролдячсмить";
    let codes = |keys: &'static str| keys.chars().filter_map(code);
    let other = |wanted: u8| {
        let pairs = || codes(LATIN).zip(codes(CYRILLIC));
        let across = pairs().find_map(|(latin, cyrillic)| match wanted {
            _ if wanted == latin => Some(cyrillic),
            _ if wanted == cyrillic => Some(latin),
            _ => None,
        });
        across.unwrap_or(wanted)
    };
    word.iter().map(|code| other(*code)).collect()
}

/// A character's code, 1 to 252. Rare ones may share a code: they are found a little too often.
fn code(character: char) -> Option<u8> {
    let code = match character {
        'a'..='z' => character as u32 - 'a' as u32 + 1,
        '0'..='9' => character as u32 - '0' as u32 + u32::from(*DIGITS.start()),
        'а'..='я' => character as u32 - 'а' as u32 + 37,
        'і' => 69,
        'ї' => 70,
        'є' => 71,
        'ґ' => 72,
        _ => 73 + character as u32 % 180,
    };
    u8::try_from(code).ok()
}

/// The letter without its accent, and the second letter of a pair written as one.
fn plain(character: char) -> (char, Option<char>) {
    let one = match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' => 'd',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'į' | 'ı' => 'i',
        'ł' | 'ľ' | 'ĺ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ŕ' | 'ř' => 'r',
        'ś' | 'š' | 'ş' => 's',
        'ť' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ž' | 'ż' => 'z',
        'ё' => 'е',
        'ß' => return ('s', Some('s')),
        'æ' => return ('a', Some('e')),
        'œ' => return ('o', Some('e')),
        other => other,
    };
    (one, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_however_they_are_written() {
        assert_eq!(words("Müsli 500ml"), words("musli, 500 ML"));
        assert_eq!(words("Straße"), words("STRASSE"));
        assert_eq!(words("М'ята"), words("мʼята"));
        assert_eq!(words(" -- "), Vec::<Word>::new());
        assert_eq!(&*other_layout(&words("vjkjrj")[0]), &*words("молоко")[0]);
    }
}
