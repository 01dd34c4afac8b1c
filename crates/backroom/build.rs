//! Puts the web client's files into the binary, as a table of paths and contents. Without `web/dist` the table is empty.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let root = std::path::absolute(Path::new("../../web/dist"))?;
    println!("cargo::rerun-if-changed=build.rs");
    if root.parent().is_some_and(Path::is_dir) {
        // A folder that is not there yet cannot be watched; where it cannot be made, nobody builds a client either.
        let _ = std::fs::create_dir_all(&root);
    }
    let mut files = Vec::new();
    if root.is_dir() {
        println!("cargo::rerun-if-changed={}", root.display());
        gather(&root, &mut files)?;
    }
    files.sort();
    let mut text = String::from("&[\n");
    for file in files.iter().filter(|file| !is_variant(file)) {
        let path = file.strip_prefix(&root).map_err(std::io::Error::other)?.to_string_lossy().replace('\\', "/");
        let variant = |ending: &str| {
            let name = PathBuf::from(format!("{}.{ending}", file.display()));
            if files.contains(&name) { format!("Some(include_bytes!({name:?}))") } else { "None".to_owned() }
        };
        let (brotli, gzip) = (variant("br"), variant("gz"));
        writeln!(
            text,
            "    File {{ path: {path:?}, body: include_bytes!({file:?}), brotli: {brotli}, gzip: {gzip} }},"
        )
        .map_err(std::io::Error::other)?;
    }
    text.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo sets OUT_DIR"))?;
    std::fs::write(Path::new(&out).join("web.rs"), text)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether `file` is another, compressed.
fn is_variant(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "br" || ending == "gz")
}
