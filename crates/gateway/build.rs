//! Puts the pages of `docs/problems` into the gateway, as a table of code and text.

use std::fmt::Write;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = std::path::absolute(Path::new("../../docs/problems"))?;
    println!("cargo::rerun-if-changed={}", root.display());
    let mut pages = Vec::new();
    for service in std::fs::read_dir(&root)? {
        let service = service?.path();
        if !service.is_dir() {
            continue;
        }
        println!("cargo::rerun-if-changed={}", service.display());
        for page in std::fs::read_dir(&service)? {
            let page = page?.path();
            if let (Some(name), Some(service)) = (page.file_stem(), service.file_name()) {
                println!("cargo::rerun-if-changed={}", page.display());
                pages.push((format!("{}/{}", service.to_string_lossy(), name.to_string_lossy()), page));
            }
        }
    }
    pages.sort();
    let mut text = String::from("&[\n");
    for (code, page) in &pages {
        writeln!(text, "    ({code:?}, include_str!({page:?})),").map_err(std::io::Error::other)?;
    }
    text.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("cargo sets OUT_DIR"))?;
    std::fs::write(Path::new(&out).join("problems.rs"), text)
}
