//! Problems agree with their pages, and every one is told at the screens in each language.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, THESE_FILES, crates};

/// Every problem a caller can meet has a page that says what happened and what to do.
pub(super) fn problem_pages(files: &[File]) -> Vec<String> {
    let mut codes = BTreeMap::new();
    let services = crates(files);
    for file in files
        .iter()
        .filter(|f| f.path.starts_with("crates/") && f.path.contains("/src/") && !f.path.starts_with(THESE_FILES))
    {
        for code in problem_codes(&file.text, &services) {
            codes.entry(code).or_insert(&file.path);
        }
    }
    let pages: BTreeSet<&str> = files
        .iter()
        .filter_map(|f| f.path.strip_prefix("docs/problems/")?.strip_suffix(".md"))
        .filter(|page| page.contains('/'))
        .collect();
    let mut complaints: Vec<String> = codes
        .iter()
        .filter(|(code, _)| !pages.contains(*code))
        .map(|(code, path)| format!("{path}: problem {code} has no page docs/problems/{code}.md"))
        .collect();
    complaints.extend(
        pages
            .iter()
            .filter(|page| !codes.contains_key(*page))
            .map(|page| format!("docs/problems/{page}.md: no code raises it")),
    );
    complaints
}

/// The `"service/what-happened"` of these services in a source file, tests left out.
fn problem_codes<'a>(source: &'a str, services: &BTreeSet<&str>) -> Vec<&'a str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for service in services {
        for (at, _) in code.match_indices(&format!("\"{service}/")) {
            let text = code[at + 1..].split('"').next().unwrap_or_default();
            let what = &text[service.len() + 1..];
            if !what.is_empty() && what.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
                found.push(text);
            }
        }
    }
    found
}

/// Where the web client has its texts of refusals: what the shop meets, and what only the back office does.
const TOLD: [&str; 2] = ["web/src/kit/refusals", "web/src/shell/refusals"];
/// Services whose refusals a shopper meets.
const AT_THE_SHOP: [&str; 2] = ["gateway", "orders"];

/// Every problem, and every word for what a person can mend, is told at the screens in each language.
pub(super) fn refusals(files: &[File]) -> Vec<String> {
    let mut wanted: BTreeSet<String> = files
        .iter()
        .filter_map(|f| f.path.strip_prefix("docs/problems/")?.strip_suffix(".md"))
        .filter(|page| page.contains('/'))
        .map(str::to_owned)
        .collect();
    for file in files.iter().filter(|f| f.path.starts_with("crates/") && f.path.contains("/src/")) {
        let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        let fields =
            code.split("unfit(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
        if !file.path.starts_with(THESE_FILES) {
            let words = fields.filter(|field| field.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
            wanted.extend(words.map(|field| format!("kit/invalid.{field}")));
        }
    }
    let mut complaints = Vec::new();
    for language in ["en", "uk"] {
        let told = |at: &str, key: &str| {
            let path = format!("{at}.{language}.ts");
            files.iter().any(|f| f.path == path && f.text.contains(&format!("  '{key}':")))
        };
        for key in &wanted {
            let is_shops = AT_THE_SHOP.iter().any(|service| key.starts_with(&format!("{service}/")));
            let places = if is_shops { &TOLD[..1] } else { &TOLD[..] };
            if !places.iter().any(|at| told(at, key)) {
                complaints.push(format!("{}.{language}.ts: says nothing to {key}", places[places.len() - 1]));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn problems_and_their_pages_agree() {
        let source = "Problem::conflict(\"orders/too-late\", \"a / b\"); let code = \"kit/missing\"; route(\"/orders/x\")\n#[cfg(test)]\n\"orders/y\"";
        let services = BTreeSet::from(["kit", "orders"]);
        assert_eq!(problem_codes(source, &services), ["kit/missing", "orders/too-late"]);
        let files = [
            file("crates/orders/Cargo.toml", ""),
            file("crates/kit/Cargo.toml", ""),
            file("crates/orders/src/http.rs", source),
            file("docs/problems/orders/too-late.md", ""),
            file("docs/problems/orders/gone.md", ""),
            file("docs/problems/README.md", ""),
        ];
        assert_eq!(problem_pages(&files).len(), 2);
    }

    #[test]
    fn every_refusal_is_told_in_each_language_where_people_meet_it() {
        let page = || file("docs/problems/orders/too-late.md", "");
        let field = || file("crates/orders/src/a.rs", "Problem::unfit(\n    \"reach\", \"a number\")");
        let text = "  'orders/too-late': 'x',\n  'kit/invalid.reach': 'y',\n";
        let told = |at: &str| [file(&format!("{at}.en.ts"), text), file(&format!("{at}.uk.ts"), text)];
        let all = |texts: [File; 2]| refusals(&[page(), field()].into_iter().chain(texts).collect::<Vec<_>>());
        assert_eq!(all(told("web/src/kit/refusals")), Vec::<String>::new());
        // The shopper meets refusals of orders.
        assert_eq!(
            all(told("web/src/shell/refusals")),
            ["en", "uk"].map(|language| format!("web/src/kit/refusals.{language}.ts: says nothing to orders/too-late"))
        );
        let english = [file("web/src/kit/refusals.en.ts", text), file("web/src/kit/refusals.uk.ts", "")];
        assert_eq!(all(english).len(), 2);
    }
}
