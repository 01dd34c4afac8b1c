//! Running other programs: where the workspace is, how a step is announced, timed and told at the end.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // `cargo xtask` of a moved clone is compiled anew, so the compile-time path holds.
    here.ancestors().nth(2).expect("crates/testbed lies two folders below the root").to_owned()
}

/// `cargo`, in the workspace's root, with the colours the terminal can show.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(root());
    // What `cargo run` sets for xtask itself must not reach other builds: it would make them stale.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME" {
            command.env_remove(name);
        }
    }
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Whether a program of this name is on the PATH.
pub fn on_path(program: &str) -> bool {
    find_on_path(program).is_some()
}

/// Where the program is; Debian keeps servers in /usr/sbin, which is not on everyone's PATH.
pub fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Runs the command to its end; a failure names it.
pub fn run(command: &mut Command) -> Result<(), String> {
    let shown = show(command);
    let status = command.stdin(Stdio::null()).status().map_err(|e| format!("{shown}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

/// Runs the command and gives back what it wrote to standard output.
pub fn output(command: &mut Command) -> Result<String, String> {
    let shown = show(command);
    let out = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|e| format!("{shown}: {e}"))?;
    if !out.status.success() {
        return Err(format!("{shown}: {}", out.status));
    }
    String::from_utf8(out.stdout).map_err(|_| format!("{shown}: wrote something that is not UTF-8"))
}

/// Runs the command, passes its lines on as they come, and gives them back without colours.
/// `Err` only if it could not be started; the bool tells whether it succeeded.
pub fn tee(command: &mut Command) -> Result<(bool, Vec<String>), String> {
    // A closed standard output is no reason to abandon the servers.
    follow(command, |line| drop(writeln!(std::io::stdout(), "{line}")))
}

/// As [`tee`], but says nothing: for what runs beside something else.
pub fn collect(command: &mut Command) -> Result<(bool, Vec<String>), String> {
    follow(command, |_| {})
}

fn follow(command: &mut Command, pass_on: impl Fn(&str)) -> Result<(bool, Vec<String>), String> {
    let shown = show(command);
    let (reader, writer) = std::io::pipe().map_err(|e| e.to_string())?;
    let second = writer.try_clone().map_err(|e| e.to_string())?;
    command.stdin(Stdio::null()).stdout(writer).stderr(second);
    let mut child = command.spawn().map_err(|e| format!("{shown}: {e}"))?;
    // The command holds the pipe's writing ends; while it does, the loop below would not end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut lines = Vec::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.map_err(|e| e.to_string())?;
        let line = String::from_utf8_lossy(&line);
        pass_on(&line);
        lines.push(without_colours(&line));
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    Ok((status.success(), lines))
}

fn show(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}

fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // An escape sequence ends with its first letter.
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else if c != '\r' {
            plain.push(c);
        }
    }
    plain
}

/// Named steps of one command: each is run even if another failed, and all are told at the end.
#[derive(Default)]
pub struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: String,
    seconds: f64,
    /// Of the programs that were run and have ended.
    processor_seconds: f64,
    result: Result<String, String>,
}

impl Steps {
    /// Runs one step; its `Ok` text is a remark for the table, its `Err` the reason it failed.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<String, String>) -> bool {
        println!("\n=== {name}");
        let (begin, before) = (Instant::now(), processor_seconds());
        let result = work();
        if let Err(reason) = &result {
            println!("=== {name} failed: {reason}");
        }
        let ok = result.is_ok();
        let processor_seconds = processor_seconds() - before;
        self.done.push(Step {
            name: name.to_owned(),
            seconds: begin.elapsed().as_secs_f64(),
            processor_seconds,
            result,
        });
        ok
    }

    /// Prints the table of steps.
    pub fn print(&self) {
        println!("\n{:<28} {:>8} {:>8}  result", "step", "seconds", "CPU s");
        for step in &self.done {
            let result = match &step.result {
                Ok(remark) if remark.is_empty() => "ok".to_owned(),
                Ok(remark) => format!("ok: {remark}"),
                Err(reason) => format!("FAILED: {}", reason.lines().next().unwrap_or_default()),
            };
            println!("{:<28} {:>8.1} {:>8.1}  {result}", step.name, step.seconds, step.processor_seconds);
        }
    }

    /// How many steps failed.
    pub fn failed(&self) -> usize {
        self.done.iter().filter(|step| step.result.is_err()).count()
    }
}

/// Processor time of all children that have ended, and of theirs, in seconds; 0 where Linux does not tell.
fn processor_seconds() -> f64 {
    // proc(5): after the name in brackets, the 14th and 15th value are cutime and cstime, in ticks of 1/100 s.
    const TICKS_PER_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let values = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    values.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

#[cfg(test)]
mod tests {
    #[test]
    fn colours_are_taken_off() {
        assert_eq!(super::without_colours("\u{1b}[32;1m    PASS\u{1b}[0m kit"), "    PASS kit");
    }
}
