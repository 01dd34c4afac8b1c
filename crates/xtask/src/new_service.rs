//! `cargo xtask new-service NAME`: an empty service that compiles, passes a test and looks like its siblings.

use std::path::Path;

use crate::args::Args;
use testbed::run;

const FILES: [(&str, &str); 10] = [
    ("crates/@service@/Cargo.toml", include_str!("../template/Cargo.toml.txt")),
    ("crates/@service@/README.md", include_str!("../template/README.md.txt")),
    ("crates/@service@/migrations/0001_@thing@s.sql", include_str!("../template/migration.sql.txt")),
    ("crates/@service@/src/lib.rs", include_str!("../template/lib.rs.txt")),
    ("crates/@service@/src/@thing@.rs", include_str!("../template/thing.rs.txt")),
    ("crates/@service@/src/events.rs", include_str!("../template/events.rs.txt")),
    ("crates/@service@/src/store.rs", include_str!("../template/store.rs.txt")),
    ("crates/@service@/src/http.rs", include_str!("../template/http.rs.txt")),
    ("crates/@service@/tests/it/main.rs", include_str!("../template/tests.rs.txt")),
    ("docs/problems/@service@/already-closed.md", include_str!("../template/problem.md.txt")),
];

/// Names that would shadow a module every service has.
const TAKEN: [&str; 7] = ["events", "http", "jobs", "lib", "reactions", "seed", "store"];

/// Runs `cargo xtask new-service NAME [--thing NOUN]`.
pub(crate) fn new_service(words: &[String]) -> Result<(), String> {
    let (name, options) = words.split_first().ok_or("new-service NAME [--thing NOUN]")?;
    let args = Args::parse(options, &[], &["--thing"])?;
    let thing = args.value("--thing").unwrap_or("entry");
    for word in [name.as_str(), thing] {
        if word.is_empty() || !word.bytes().all(|b| b.is_ascii_lowercase()) || TAKEN.contains(&word) || word.len() < 3 {
            return Err(format!("{word:?}: a name is one word of at least three small letters that no module has"));
        }
    }
    if name == thing {
        return Err("the service and its thing need different names".to_owned());
    }
    lay_out(&run::root(), name, thing)?;
    run::run(run::cargo().args(["fmt", "--package", name]))?;
    run::run(run::cargo().args(["check", "--package", name, "--tests"]))?;
    println!(
        "\ncrates/{name} compiles. What is left:\n\
         1. `{name}.workspace = true` in crates/backroom/Cargo.toml and `{name}::service()` in crates/backroom/src/services.rs\n\
         2. a real thing in place of `{thing}`; its word belongs in docs/domain.md\n\
         3. crates/{name}/README.md: purpose, tables, events, invariants\n\
         4. cargo xtask gen"
    );
    Ok(())
}

fn lay_out(root: &Path, name: &str, thing: &str) -> Result<(), String> {
    let folder = root.join("crates").join(name);
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()));
    }
    for (path, text) in FILES {
        let path = root.join(fill(path, name, thing));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
        }
        std::fs::write(&path, fill(text, name, thing)).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let manifest = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest).map_err(|e| format!("Cargo.toml: {e}"))?;
    std::fs::write(&manifest, with_dependency(&text, name)?).map_err(|e| format!("Cargo.toml: {e}"))
}

/// The template's text for this service.
fn fill(template: &str, name: &str, thing: &str) -> String {
    template
        .replace("@service@", name)
        .replace("@Service@", &capitalised(name))
        .replace("@thing@", thing)
        .replace("@Thing@", &capitalised(thing))
        .replace("@prefix@", &thing[..3])
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

/// The root manifest with the crate after the last one of ours.
fn with_dependency(manifest: &str, name: &str) -> Result<String, String> {
    let ours = manifest.rmatch_indices("{ path = \"crates/").next().ok_or("Cargo.toml names no crate of ours")?;
    let end = manifest[ours.0..].find('\n').map_or(manifest.len(), |line| ours.0 + line + 1);
    Ok(format!("{}{name} = {{ path = \"crates/{name}\" }}\n{}", &manifest[..end], &manifest[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_completely() {
        for (path, text) in FILES {
            let filled = fill(path, "delivery", "slot") + &fill(text, "delivery", "slot");
            assert!(!filled.contains('@'), "{path}");
        }
    }

    #[test]
    fn a_new_crate_is_named_after_the_others() {
        let manifest = "[workspace.dependencies]\nkit = { path = \"crates/kit\" }\n\nserde = \"1\"\n";
        let with = with_dependency(manifest, "delivery").unwrap();
        assert!(with.contains("crates/kit\" }\ndelivery = { path = \"crates/delivery\" }\n\nserde"), "{with}");
    }
}
