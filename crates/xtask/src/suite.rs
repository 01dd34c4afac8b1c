//! `cargo xtask test`: the same suite on SQLite and PostgreSQL, in one process and as separate processes over NATS.
//! Which of them a test runs on is said from outside, by BACKROOM_TEST_STORE and BACKROOM_TEST_TOPOLOGY.

use std::path::PathBuf;
use std::process::Command;

use crate::args::Args;
use crate::distributed::Distributed;
use crate::generate;
use crate::web;
use testbed::install;
use testbed::run::{self, Steps};
use testbed::servers::{Nats, Postgres};

/// Tests that are worth a second run on another database: kit's, and each crate's `tests/`. The simulation is not: it keeps its own
/// files and calls in memory, whatever the environment says.
const STORE_TESTS: &str = "package(kit) | (kind(test) & not (package(xtask) | package(bpmn) | package(dmn) | package(forecast) | package(shelf)) & not test(/^sim::/))";
/// The product's suite: whole orders through the public API.
const PRODUCT_TESTS: &str = "package(backroom) & kind(test) & not test(/^sim::/)";

const STEPS: [(&str, &str); 8] = [
    ("sqlite", "all tests, SQLite, one process"),
    ("split-sqlite", "product, SQLite, separate processes over NATS"),
    ("postgres", "kit, services and product, PostgreSQL, one process"),
    ("split-postgres", "product, PostgreSQL, separate processes over NATS"),
    ("doc", "examples in the documentation"),
    ("gen", "openapi.json is up to date"),
    ("browser", "people at screens: Playwright in Chromium against the demo"),
    ("browser-split", "the same against the demo as separate services on PostgreSQL and NATS"),
];

/// Steps that leave a processor idle, each with the one that runs beside it and follows in the list: they share nothing but what is
/// built.
const BESIDE: [(&str, &str); 3] =
    [("sqlite", "split-sqlite"), ("postgres", "split-postgres"), ("browser", "browser-split")];

/// Counts of the tests that ran.
#[derive(Default, Debug, PartialEq, Clone, Copy)]
struct Counts {
    passed: u64,
    failed: u64,
}

impl Counts {
    /// Adds what a run counted; the remark for its step, or why that failed.
    fn judge(&mut self, ok: bool, here: Counts, must_run: bool) -> Result<String, String> {
        self.passed += here.passed;
        self.failed += here.failed;
        let remark = format!("{} passed, {} failed", here.passed, here.failed);
        // A filter that matches nothing would pass for ever; until the first such test is written, it may.
        let is_hollow = here == Counts::default() && must_run;
        if ok && !is_hollow { Ok(remark) } else { Err(remark) }
    }
}

/// Runs `cargo xtask test`.
pub(crate) fn test(words: &[String]) -> Result<(), String> {
    let args = Args::parse(words, &["--quick", "--list"], &["--only"])?;
    if args.has("--list") {
        for (name, meaning) in STEPS {
            println!("{name:<16} {meaning}");
        }
        return Ok(());
    }
    let chosen = choose(args.has("--quick"), args.value("--only"))?;
    let wanted = |name: &str| chosen.contains(&name);

    let mut steps = Steps::default();
    let mut counts = Counts::default();
    let mut trouble = Vec::new();
    let needs_postgres = wanted("postgres") || wanted("split-postgres");
    let needs_nats = wanted("split-sqlite") || wanted("split-postgres");
    let ready = steps.step("install what is missing", || {
        install::cargo_program("cargo-nextest")?;
        if needs_postgres || needs_nats || wanted("browser-split") {
            install::test_servers()?;
        }
        if wanted("browser") || wanted("browser-split") {
            web::browser()?;
        }
        Ok(String::new())
    }) && (!web::is_kept() || steps.step("web", web::build))
        && steps.step("build", || {
            run::run(run::cargo().args(["nextest", "run", "--workspace", "--no-run"])).map(|()| String::new())
        });

    if ready {
        let mut postgres = None;
        let mut nats = None;
        if needs_postgres || needs_nats {
            steps.step("start servers", || {
                if needs_postgres {
                    postgres = Some(Postgres::temporary()?);
                }
                if needs_nats {
                    nats = Some(Nats::temporary()?);
                }
                Ok(String::new())
            });
        }
        let ground = Ground { postgres, nats };
        let mut beside = None;
        for name in chosen.iter().copied().filter(|name| ground.carries(name)) {
            let partner = BESIDE.iter().find_map(|(one, other)| (*one == name && wanted(other)).then_some(*other));
            if let Some(job) = partner.filter(|partner| ground.carries(partner)).map(|partner| ground.job(partner)) {
                beside = Some(std::thread::spawn(move || job.run(run::collect)));
            }
            steps.step(name, || {
                if name == "gen" {
                    return generate::check_if_kept(&built_binary());
                }
                let is_beside = BESIDE.iter().any(|(_, other)| *other == name);
                let (ok, lines) = match beside.take_if(|_| is_beside) {
                    Some(running) => {
                        let (ok, lines) = running.join().unwrap_or_else(|_| Err("panicked".to_owned()))?;
                        lines.iter().for_each(|line| println!("{line}"));
                        (ok, lines)
                    }
                    None => ground.job(name).run(run::tee)?,
                };
                let tool = match name {
                    "doc" => Tool::Cargo,
                    "browser" | "browser-split" => Tool::Playwright,
                    _ => Tool::Nextest,
                };
                let must_run = name != "doc" && run::root().join("crates/backroom/tests/it").exists();
                let judged = counts.judge(ok, count(&lines, tool), must_run);
                if judged.is_err() {
                    trouble.extend(failures(&lines).map(|line| format!("{name}: {line}")));
                }
                judged
            });
        }
    }
    steps.print();
    if !trouble.is_empty() {
        println!("\nwhat failed:");
        trouble.iter().for_each(|line| println!("{line}"));
    }
    // A step that failed without a failed test (a build error, say) counts as one failure.
    let failed = if counts.failed == 0 { steps.failed() as u64 } else { counts.failed };
    println!("\n{} passed, {failed} failed", counts.passed);
    if steps.failed() == 0 && failed == 0 { Ok(()) } else { Err(String::new()) }
}

fn choose(quick: bool, only: Option<&str>) -> Result<Vec<&'static str>, String> {
    let all = STEPS.map(|(name, _)| name);
    let Some(only) = only else {
        return Ok(if quick { vec!["sqlite"] } else { all.to_vec() });
    };
    let mut chosen = Vec::new();
    for word in only.split(',') {
        match word {
            "unit" => chosen.push("sqlite"),
            "split" => chosen.extend(["split-sqlite", "split-postgres"]),
            other => chosen.push(
                *all.iter()
                    .find(|n| **n == other)
                    .ok_or_else(|| format!("no step {other:?}; steps: {}, split (both)", all.join(", ")))?,
            ),
        }
    }
    // In the order of the list, each once, however they were asked for.
    Ok(all.into_iter().filter(|name| chosen.contains(name)).collect())
}

/// What the tests stand on.
struct Ground {
    postgres: Option<Postgres>,
    nats: Option<Nats>,
}

impl Ground {
    /// Whether the servers that a step needs are there; the step that should have started them says so.
    fn carries(&self, name: &str) -> bool {
        (!name.ends_with("postgres") || self.postgres.is_some()) && (!name.starts_with("split") || self.nats.is_some())
    }

    fn job(&self, name: &str) -> Job {
        let mut command = match name {
            "doc" => doc_command(),
            "browser" => web::playwright(&web::House::Binary(&built_binary())),
            "browser-split" => return Job::Distributed,
            "sqlite" => nextest(None),
            "postgres" => nextest(Some(STORE_TESTS)),
            _ => nextest(Some(PRODUCT_TESTS)),
        };
        command.env("BACKROOM_TEST_STORE", if name.ends_with("postgres") { "postgres" } else { "sqlite" });
        command.env("BACKROOM_TEST_TOPOLOGY", if name.starts_with("split") { "split" } else { "one" });
        if let Some(server) = &self.postgres {
            command.env("BACKROOM_TEST_POSTGRES", server.url());
        }
        if let Some(server) = &self.nats {
            command.env("BACKROOM_TEST_NATS", server.url());
        }
        Job::Command(command)
    }
}

/// Whether a run succeeded, and what it said.
type Told = Result<(bool, Vec<String>), String>;

/// What a step of the tests runs.
enum Job {
    Command(Command),
    /// The browser tests against separate services, which run as long as they.
    Distributed,
}

impl Job {
    fn run(self, run: fn(&mut Command) -> Told) -> Told {
        match self {
            Job::Command(mut command) => run(&mut command),
            Job::Distributed => {
                let house = Distributed::temporary(&built_binary())?;
                run(&mut web::playwright(&web::House::At(house.url())))
            }
        }
    }
}

fn nextest(filter: Option<&str>) -> Command {
    let mut command = run::cargo();
    command.args(["nextest", "run", "--workspace", "--no-tests", "pass"]);
    if let Some(filter) = filter {
        command.args(["-E", filter]);
    }
    if let Ok(profile) = std::env::var("BACKROOM_NEXTEST_PROFILE") {
        command.args(["--profile", &profile]);
    }
    command
}

fn doc_command() -> Command {
    let mut command = run::cargo();
    command.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    command
}

/// The binary that was built for the product's tests. Building its package by itself would build its dependencies a second time,
/// with fewer features.
fn built_binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| run::root().join("target"), PathBuf::from);
    run::root().join(target).join("debug").join("backroom")
}

#[derive(Clone, Copy)]
enum Tool {
    Nextest,
    Cargo,
    Playwright,
}

/// What a failed run said of its failures, in at most 60 lines: the end of a long output is what one sees of it.
fn failures(lines: &[String]) -> impl Iterator<Item = &str> {
    // "    thread 'x' (17) panicked at crates/…:106:5:", its message below; "  1) [desk] › test/e2e/…", what it expected below.
    let begins = |line: &str| {
        let line = line.trim_start();
        let numbered = line.split_once(") [").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        if line.contains("panicked at ") {
            4
        } else if numbered {
            16
        } else {
            usize::from(line.starts_with("TIMEOUT [") || line.starts_with("FAIL [") || line.starts_with("SIG"))
        }
    };
    let mut left = 0;
    let told = lines.iter().filter(move |line| {
        left = begins(line).max(left);
        let is_told = left > 0 && !line.trim().is_empty();
        left -= usize::from(is_told);
        is_told
    });
    told.map(String::as_str).take(60)
}

/// Adds up the summary lines of a test run.
fn count(lines: &[String], tool: Tool) -> Counts {
    let mut counts = Counts::default();
    for line in lines {
        let line = line.trim_start();
        let numbers = match tool {
            // "Summary [   0.1s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped"
            Tool::Nextest if line.starts_with("Summary [") => line.split_once(" run: ").map(|(_, rest)| rest),
            // "test result: FAILED. 4 passed; 1 failed; 0 ignored; …"
            Tool::Cargo => line.strip_prefix("test result: ").and_then(|l| l.split_once(". ")).map(|(_, rest)| rest),
            // "  7 passed (12.3s)", "  1 failed", each on a line of its own
            Tool::Playwright if line.starts_with(|c: char| c.is_ascii_digit()) => Some(line),
            Tool::Nextest | Tool::Playwright => None,
        };
        for part in numbers.unwrap_or_default().split([',', ';']) {
            let mut words = part.split_whitespace();
            let Some(number) = words.next().and_then(|n| n.parse::<u64>().ok()) else { continue };
            match words.next() {
                Some("passed") => counts.passed += number,
                Some("failed" | "timed" | "exec") => counts.failed += number,
                _ => {}
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_both_test_runners_are_added_up() {
        let nextest = [
            "     Summary [   0.123s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped".to_owned(),
            "        FAIL [   0.004s] kit money::tests::x".to_owned(),
        ];
        assert_eq!(count(&nextest, Tool::Nextest), Counts { passed: 7, failed: 2 });
        let empty = ["     Summary [   0.000s] 0 tests run: 0 passed, 3 skipped".to_owned()];
        assert_eq!(count(&empty, Tool::Nextest), Counts::default());
        let cargo = [
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.5s".to_owned(),
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out".to_owned(),
        ];
        assert_eq!(count(&cargo, Tool::Cargo), Counts { passed: 5, failed: 2 });
        let browser = [
            "  1 failed".to_owned(),
            "    [desk] › sign-in.test.ts:9:1 › x".to_owned(),
            "  7 passed (3.0s)".to_owned(),
        ];
        assert_eq!(count(&browser, Tool::Playwright), Counts { passed: 7, failed: 1 });
    }

    #[test]
    fn failures_are_told_without_the_rest() {
        let said = "        PASS [   0.1s] kit money::adds\n        FAIL [   0.1s] processes::it diagrams::x\n\n    running 1 test
    thread 'diagrams::x' (17) panicked at crates/y.rs:106:5:\n    assertion failed\n      left: 1\n      right: 2\n    stack backtrace:\n
[1/55] [desk] › a\n  1) [desk] › test/e2e/a.test.ts:4:1 › a\n\n    Error: not visible\n";
        let lines: Vec<String> = said.lines().map(str::to_owned).collect();
        let told: Vec<&str> = failures(&lines).map(str::trim).collect();
        let wanted = [
            "FAIL [   0.1s] processes::it diagrams::x",
            "thread 'diagrams::x' (17) panicked at crates/y.rs:106:5:",
            "assertion failed",
            "left: 1",
            "right: 2",
            "1) [desk] › test/e2e/a.test.ts:4:1 › a",
            "Error: not visible",
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(choose(true, None), Ok(vec!["sqlite"]));
        assert_eq!(choose(false, Some("unit,split")), Ok(vec!["sqlite", "split-sqlite", "split-postgres"]));
        assert_eq!(choose(false, Some("browser-split,browser,browser")), Ok(vec!["browser", "browser-split"]));
        assert!(choose(false, Some("mysql")).is_err());
    }
}
