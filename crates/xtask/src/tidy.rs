//! Our own checks: what keeps the house walkable and no general tool knows.
//! Each check is a pure function from the files to complaints; `check` reads the files.

mod problems;

use std::collections::BTreeSet;
use std::process::Command;

use testbed::run;

use self::problems::{problem_pages, refusals};

/// A file of the workspace: path from the root, and text.
struct File {
    path: String,
    text: String,
}

/// Longer than this is no longer one sitting.
const MOST_LINES: usize = 600;
/// A service's `lib.rs` is a table of contents.
const MOST_LIB_LINES: usize = 60;
/// Crates that are not services. Engines stand beside kit.
const FLOOR: [&str; 7] = ["kit", "contracts", "decisions", "gateway", "backroom", "testbed", "xtask"];
const ENGINES: [&str; 5] = ["dmn", "bpmn", "shelf", "forecast", "affinity"];
/// Names under which things that do not belong together gather.
const NAMELESS: [&str; 8] = ["utils", "util", "common", "helper", "helpers", "manager", "misc", "data"];
/// Folders of somebody's machine.
const MACHINE_PATHS: [&str; 4] = ["/root/", "/home/", "/work/", "/Users/"];
/// The files that must name what they look for.
const THESE_FILES: &str = "crates/xtask/src/tidy";

/// Runs all checks on the workspace.
pub(crate) fn check() -> Result<String, String> {
    let files = read()?;
    let mut complaints = Vec::new();
    for one in [
        lengths,
        words,
        names,
        headings,
        services,
        floors,
        dependencies,
        problem_pages,
        refusals,
        samples,
        foreign_tables,
        links,
    ] {
        complaints.extend(one(&files));
    }
    if complaints.is_empty() {
        return Ok(format!("{} files", files.len()));
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    Err(format!("{} complaints", complaints.len()))
}

/// All text files that are, or are about to be, in the repository.
fn read() -> Result<Vec<File>, String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(run::root());
    let listed = run::output(&mut git)?;
    let paths: BTreeSet<&str> = listed.lines().collect();
    let text = |path: &str| std::fs::read(run::root().join(path)).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(paths.into_iter().filter_map(|path| Some(File { path: path.to_owned(), text: text(path)? })).collect())
}

impl File {
    fn is_source(&self) -> bool {
        let generated = self.path.contains("/generated/");
        !generated && [".rs", ".ts", ".tsx", ".css", ".sql", ".sh"].iter().any(|end| self.path.ends_with(end))
    }

    /// The crate it belongs to.
    fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

fn is_service(name: &str) -> bool {
    !FLOOR.contains(&name) && !ENGINES.contains(&name)
}

fn crates(files: &[File]) -> BTreeSet<&str> {
    files.iter().filter(|f| f.path.ends_with("/Cargo.toml")).filter_map(File::crate_name).collect()
}

fn lengths(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|f| f.is_source()) {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            complaints.push(format!("{}: {lines} lines; at most {MOST_LINES}: split it by subject", file.path));
        }
        let is_lib = file.crate_name().is_some_and(is_service) && file.path.ends_with("/src/lib.rs");
        if is_lib && lines > MOST_LIB_LINES {
            complaints.push(format!(
                "{}: {lines} lines; a service's lib.rs is a table of contents of at most {MOST_LIB_LINES}",
                file.path
            ));
        }
    }
    complaints
}

fn words(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|f| !f.path.starts_with(THESE_FILES) && !f.path.ends_with(".lock")) {
        for (number, line) in (1..).zip(file.text.lines()) {
            for word in ["TODO", "FIXME"] {
                if has_word(line, word) && !line.contains(&format!("{word}(#")) && !file.path.ends_with(".md") {
                    complaints
                        .push(format!("{}:{number}: {word} without an issue; write {word}(#12) or do it", file.path));
                }
            }
            for path in MACHINE_PATHS {
                let at_a_path = line
                    .match_indices(path)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}>)".contains(c)));
                if at_a_path {
                    complaints.push(format!("{}:{number}: a folder of somebody's machine ({path})", file.path));
                }
            }
        }
    }
    complaints
}

fn names(files: &[File]) -> Vec<String> {
    let nameless = |file: &&File| {
        file.is_source()
            && file
                .path
                .split('/')
                .any(|part| NAMELESS.contains(&part.split('.').next().unwrap_or_default().to_lowercase().as_str()))
    };
    files.iter().filter(nameless).map(|f| format!("{}: name it after what it does", f.path)).collect()
}

fn headings(files: &[File]) -> Vec<String> {
    let rust = files.iter().filter(|f| f.path.ends_with(".rs"));
    rust.filter(|f| !f.text.starts_with("//!"))
        .map(|f| format!("{}: begin with `//!`, one to five lines: purpose and invariant", f.path))
        .collect()
}

fn services(files: &[File]) -> Vec<String> {
    let has = |path: String| files.iter().any(|f| f.path == path);
    let missing = |name: &&str| is_service(name) && !has(format!("crates/{name}/README.md"));
    crates(files)
        .into_iter()
        .filter(missing)
        .map(|name| format!("crates/{name}: a service has a README.md: purpose, tables, events, invariants"))
        .collect()
}

/// Binary → services → contracts → kit; engines beside kit.
fn floors(files: &[File]) -> Vec<String> {
    let all = crates(files);
    let mut complaints = Vec::new();
    for (name, manifest) in manifests(files) {
        let may: &[&str] = match name {
            "kit" | "testbed" => &[],
            "xtask" => &["testbed"],
            "contracts" => &["kit"],
            "backroom" => continue,
            engine if ENGINES.contains(&engine) => &[],
            _ => &["kit", "contracts", "decisions", "dmn", "bpmn", "shelf", "forecast", "affinity"],
        };
        for dependency in named_dependencies(&manifest.text) {
            // A crate may depend on itself: its tests switch a feature on.
            if all.contains(dependency) && dependency != name && !may.contains(&dependency) {
                complaints.push(format!(
                    "{}: {name} may not depend on {dependency}; services talk through contracts",
                    manifest.path
                ));
            }
        }
    }
    complaints
}

fn manifests(files: &[File]) -> impl Iterator<Item = (&str, &File)> {
    files.iter().filter(|f| f.path.ends_with("/Cargo.toml")).filter_map(|f| Some((f.crate_name()?, f)))
}

/// The names in all `[…dependencies]` tables of a manifest.
fn named_dependencies(manifest: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            inside = table.ends_with("dependencies");
            if let Some((_, name)) = table.split_once("dependencies.") {
                found.push(name);
            }
        } else if inside && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if !name.is_empty() {
                found.push(name);
            }
        }
    }
    found
}

/// A dependency that no line of the crate names is one that every newcomer builds for nothing.
fn dependencies(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, manifest) in manifests(files) {
        let sources: Vec<&File> =
            files.iter().filter(|f| f.crate_name() == Some(name) && f.path.ends_with(".rs")).collect();
        for dependency in named_dependencies(&manifest.text) {
            let in_code = dependency.replace('-', "_");
            // utoipa-axum's macro names axum where no one sees it.
            let hidden = dependency == "axum" && sources.iter().any(|f| f.text.contains("routes!("));
            if !hidden && !sources.iter().any(|f| has_word(&f.text, &in_code)) {
                complaints.push(format!("{}: {dependency} is not used", manifest.path));
            }
        }
    }
    complaints
}

/// What services tell each other, and what they write into their journals, lies there as earlier releases wrote it.
fn samples(files: &[File]) -> Vec<String> {
    let has = |path: &str| files.iter().any(|f| f.path == path);
    let mut complaints = Vec::new();
    for file in files.iter().filter(|f| f.path.starts_with("crates/") && f.path.contains("/src/")) {
        let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        if file.path.starts_with("crates/contracts/") {
            for event in code.split("impl PublicEvent for ").skip(1) {
                let told = |name: &str| event.split(name).nth(1)?.split('"').nth(1);
                let (Some(source), Some(kind)) = (told("SOURCE"), told("KIND")) else { continue };
                let path = format!("crates/contracts/samples/{source}/{kind}.json");
                if !has(&path) {
                    complaints.push(format!("{}: the event {kind} has no sample {path}", file.path));
                }
            }
        } else if let Some(name) = file.crate_name().filter(|name| *name != "kit")
            && code.contains("\nimpl Event for ")
        {
            let of = |rest: &str| format!("crates/{name}/{rest}");
            for path in [of("samples/journal.jsonl"), of("samples/tables.txt"), of("tests/it/samples.rs")] {
                if !has(&path) {
                    complaints.push(format!("{}: a journal has its sample, and {path} is missing", file.path));
                }
            }
            if !file.text.contains("samples::variants::<") {
                complaints.push(format!("{}: no test says that each of its events is in the sample", file.path));
            }
        }
    }
    complaints
}

/// SQL that names another service's tables; the store refuses it at run time too.
fn foreign_tables(files: &[File]) -> Vec<String> {
    let all: Vec<&str> = crates(files).into_iter().filter(|name| is_service(name)).collect();
    let mut complaints = Vec::new();
    for file in files {
        let Some(own) = file.crate_name().filter(|name| is_service(name)) else { continue };
        let is_sql = file.path.ends_with(".sql") || (file.path.ends_with(".rs") && file.path.contains("/src/"));
        if !is_sql {
            continue;
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            let mut before = "";
            for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
                let names_table = ["from", "join", "into", "update", "table", "references"].contains(&before);
                let other = all
                    .iter()
                    .find(|name| **name != own && word.strip_prefix(**name).is_some_and(|rest| rest.starts_with('_')));
                if let (true, Some(other)) = (names_table, other) {
                    complaints.push(format!("{}:{number}: {word} is a table of {other}; ask it by a call", file.path));
                }
                if !word.is_empty() {
                    before = word;
                }
            }
        }
    }
    complaints
}

/// Links between our own pages must lead somewhere.
fn links(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".md")) {
        for target in file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if target.is_empty() || target.contains(':') || target.starts_with('<') {
                continue;
            }
            let path = resolve(&file.path, target);
            if !files.iter().any(|f| f.path == path || f.path.starts_with(&format!("{path}/")))
                && !run::root().join(&path).exists()
            {
                complaints.push(format!("{}: link to {target}, which is not there", file.path));
            }
        }
    }
    complaints
}

/// The path from the root of what a page at `from` calls `target`.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_longer_than_a_sitting_is_told() {
        assert_eq!(lengths(&[file("crates/kit/src/a.rs", &"x\n".repeat(600))]).len(), 0);
        assert_eq!(lengths(&[file("crates/kit/src/a.rs", &"x\n".repeat(601))]).len(), 1);
        assert_eq!(lengths(&[file("crates/orders/src/lib.rs", &"x\n".repeat(61))]).len(), 1);
        assert_eq!(lengths(&[file("crates/kit/src/lib.rs", &"x\n".repeat(61))]).len(), 0);
    }

    #[test]
    fn a_to_do_needs_an_issue_and_paths_of_machines_are_refused() {
        let told = words(&[file(
            "a.rs",
            "// TODO later\n// TODO(#3): later\nlet mastodon = 1;\nread(\"/home/ann/x\")\nget(\"/api/home/x\")",
        )]);
        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[test]
    fn files_are_named_after_what_they_do() {
        assert_eq!(names(&[file("crates/orders/src/utils.rs", ""), file("crates/orders/src/order.rs", "")]).len(), 1);
    }

    #[test]
    fn services_do_not_depend_on_each_other() {
        let files = [
            file("crates/kit/Cargo.toml", "[package]\nname = \"kit\"\n"),
            file(
                "crates/orders/Cargo.toml",
                "[dependencies]\nkit.workspace = true\npayments = { path = \"../payments\" }\n",
            ),
            file(
                "crates/payments/Cargo.toml",
                "[dev-dependencies]\norders.workspace = true\n[lints]\nworkspace = true\n",
            ),
        ];
        assert_eq!(floors(&files).len(), 2);
        assert_eq!(named_dependencies(&files[1].text), ["kit", "payments"]);
        assert_eq!(named_dependencies("[dependencies.serde]\nversion = \"1\"\n"), ["serde"]);
    }

    #[test]
    fn a_dependency_must_be_named_in_the_code() {
        let files = [
            file("crates/orders/Cargo.toml", "[dependencies]\nhyper-util.workspace = true\nserde.workspace = true\n"),
            file("crates/orders/src/lib.rs", "//! x\nuse hyper_util::rt;\nfn serde_free() {}\n"),
        ];
        assert_eq!(dependencies(&files), ["crates/orders/Cargo.toml: serde is not used"]);
    }

    #[test]
    fn events_and_journals_have_samples() {
        let event = "impl PublicEvent for A {\n    const SOURCE: &'static str = \"orders\";\n    const KIND: &'static str = \"a\";\n}";
        let mut files = vec![
            file("crates/contracts/src/orders.rs", event),
            file("crates/orders/src/events.rs", "use x;\nimpl Event for OrderEvent {}\n"),
            file("crates/orders/samples/journal.jsonl", ""),
        ];
        assert_eq!(samples(&files).len(), 4, "{:?}", samples(&files));
        files.push(file("crates/contracts/samples/orders/a.json", ""));
        files.push(file("crates/orders/samples/tables.txt", ""));
        files.push(file("crates/orders/tests/it/samples.rs", ""));
        assert_eq!(samples(&files).len(), 1);
    }

    #[test]
    fn no_problem_page_and_no_sample_of_the_workspace_is_missing() {
        // Where the sources were unpacked without their history, nothing says which files are ours.
        let Ok(files) = read() else { return };
        assert!(files.len() > 100 && !crates(&files).is_empty());
        assert_eq!([problem_pages(&files), samples(&files)].concat(), Vec::<String>::new());
    }

    #[test]
    fn sql_stays_in_its_own_service() {
        let files = [
            file("crates/orders/Cargo.toml", ""),
            file("crates/payments/Cargo.toml", ""),
            file(
                "crates/orders/src/store.rs",
                "\"select id from payments_intents\"; \"insert into orders_lines\"; let payments_client = 1;",
            ),
            file(
                "crates/orders/migrations/1.sql",
                "create table orders_orders (id text);\nupdate payments_x set a = 1;",
            ),
        ];
        assert_eq!(foreign_tables(&files).len(), 2);
    }

    #[test]
    fn links_lead_somewhere() {
        let files = [
            file("docs/adr/0001.md", "[a](../../README.md#x) [b](https://example.org) [c](gone.md)"),
            file("README.md", ""),
        ];
        assert_eq!(links(&files), ["docs/adr/0001.md: link to gone.md, which is not there"]);
        assert_eq!(resolve("docs/a.md", "./b/../c.md"), "docs/c.md");
    }
}
