//! The few shapes of arguments our commands take: `--flag`, `--name VALUE`, `--name=VALUE`.

/// The words after the command, checked against what the command knows.
pub(crate) struct Args {
    given: Vec<(String, Option<String>)>,
}

impl Args {
    /// Reads `words`; an option that is neither in `flags` nor in `values` is an error.
    pub(crate) fn parse(words: &[String], flags: &[&str], values: &[&str]) -> Result<Self, String> {
        let mut given = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            if flags.contains(&name) && inline.is_none() {
                given.push((name.to_owned(), None));
            } else if values.contains(&name) {
                let value = inline.or_else(|| words.next().cloned()).ok_or(format!("{name} needs a value"))?;
                given.push((name.to_owned(), Some(value)));
            } else {
                return Err(format!("unknown argument {word:?}; known: {} {}", flags.join(" "), values.join(" ")));
            }
        }
        Ok(Self { given })
    }

    /// Whether the flag was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(n, _)| n == name)
    }

    /// The value of the last `name VALUE`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| v.as_deref())
    }

    /// The same as a whole number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        self.value(name).map(|v| v.parse().map_err(|_| format!("{name} takes a whole number, got {v:?}"))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_both_spellings_and_unknown_ones_refused() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let args = Args::parse(&words("--quick --seeds 5 --from=7"), &["--quick"], &["--seeds", "--from"]).unwrap();
        assert!(args.has("--quick"));
        assert_eq!(args.number("--seeds"), Ok(Some(5)));
        assert_eq!(args.number("--from"), Ok(Some(7)));
        assert_eq!(args.number("--steps"), Ok(None));
        assert!(Args::parse(&words("--quik"), &["--quick"], &[]).is_err());
        assert!(Args::parse(&words("--seeds"), &[], &["--seeds"]).is_err());
    }
}
