//! The test kit of a folder, with the failures: `cargo run --release -p dmn --example kit DIR`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};

fn folders(at: &Path, into: &mut Vec<PathBuf>) {
    into.push(at.to_owned());
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            folders(&path, into);
        }
    }
}

fn main() {
    let mut all = Vec::new();
    folders(Path::new(&std::env::args().nth(1).unwrap()), &mut all);
    all.sort();
    let (mut passed, mut total) = (0, 0);
    for folder in all {
        let (mut models, mut tests) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.ends_with(".dmn") {
                models.push((name, std::fs::read_to_string(&path).unwrap()));
            } else if name.ends_with(".xml") {
                tests.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
        for (name, test) in tests {
            for case in dmn::kit::run(&test, &models).unwrap() {
                total += 1;
                match case.failure {
                    None => passed += 1,
                    Some(reason) => println!("{name} {}: {reason}", case.id),
                }
            }
        }
    }
    println!("{passed} of {total} = {:.3} %", 100.0 * f64::from(passed) / f64::from(total));
}
