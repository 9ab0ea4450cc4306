//! A home directory of its own for `todo`, and transcripts of what it prints there.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// The program under test.
pub(crate) const TODO: &str = env!("CARGO_BIN_EXE_todo");

/// A new home directory, and an environment that has nothing else.
pub(crate) struct Sandbox {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
    replacements: Vec<(String, String)>,
    /// Hours that the user's zone is ahead of UTC.
    ahead: i8,
}

impl Sandbox {
    /// An empty home.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let ahead = hours_to_noon();
        let mut sandbox = Self { home, variables: Vec::new(), replacements: Vec::new(), ahead };
        let path = sandbox.home().display().to_string();
        sandbox.replace(path, "[home]");
        let today = sandbox.today();
        for (offset, name) in [(-1, "yesterday"), (0, "today"), (1, "tomorrow")] {
            let day = today.checked_add(offset.days()).unwrap();
            sandbox.replace(day.strftime("%a %-d %b %Y").to_string(), format!("[{name} in full]"));
            sandbox.replace(day.to_string(), format!("[{name}]"));
        }
        sandbox
    }

    /// The home directory.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        self.home().join(".config/todo/config.toml")
    }

    /// Where the embedded todos are.
    pub(crate) fn data(&self) -> PathBuf {
        self.home().join(".local/share/todo")
    }

    /// The day it is for `todo`.
    pub(crate) fn today(&self) -> Date {
        now().to_zoned_datetime(TimeZone::fixed(jiff::tz::offset(self.ahead))).date()
    }

    /// The environment of `todo`, all of it.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (String, String)> {
        // A rule instead of a name: a machine without a zone database knows it, too. POSIX counts westwards.
        let zone = format!("<{:+03}>{}", self.ahead, -self.ahead);
        let own = [("HOME", self.home().display().to_string()), ("TZ", zone)];
        own.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(self.variables.clone())
    }

    /// Sets a variable for the commands to come.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.into()));
    }

    /// Unsets a variable for the commands to come.
    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.retain(|(other, _)| other != name);
    }

    /// Writes `to` for `from` in transcripts.
    pub(crate) fn replace(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.replacements.push((from.into(), to.into()));
    }

    /// `todo` with these arguments, ready to run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(TODO);
        command.args(arguments).env_clear().envs(self.environment()).current_dir(self.home());
        command
    }

    /// Runs `todo` with nothing on standard input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs `todo` with this text on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that fails early does not read it.
        stdin.write_all(input.as_bytes()).unwrap_or_default();
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Runs `todo`, which must succeed, and returns its standard output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `todo --json`, which must succeed, and returns its document.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.ok(&arguments)).unwrap()
    }

    /// Runs the commands on the lines of a script, and returns all that is seen of them.
    ///
    /// Words are split at spaces, `'...'` keeps them together; `<< TEXT` at the end gives standard input, in which
    /// `\n` ends a line and `\t` is a tab.
    pub(crate) fn transcript(&self, script: &str) -> String {
        let mut transcript = String::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (command, input) = line.split_once(" << ").map_or((line, None), |(c, i)| (c, Some(i)));
            let words = words(command);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            assert_eq!(words.first(), Some(&"todo"), "{line}");
            let output = match input {
                Some(input) => self.run_with(&words[1..], &input.replace("\\n", "\n").replace("\\t", "\t")),
                None => self.run(&words[1..]),
            };
            writeln!(transcript, "$ {}", self.normal(line)).unwrap();
            transcript.push_str(&self.seen(&output));
            transcript.push('\n');
        }
        transcript
    }

    /// What is seen of a command: its output, its errors behind bars, its exit code unless that is 0.
    pub(crate) fn seen(&self, output: &Output) -> String {
        let mut seen = self.normal(&String::from_utf8_lossy(&output.stdout));
        for line in self.normal(&String::from_utf8_lossy(&output.stderr)).lines() {
            writeln!(seen, "| {line}").unwrap();
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(seen, "[exit {code}]").unwrap(),
            None => writeln!(seen, "[killed]").unwrap(),
        }
        seen
    }

    /// A text without what differs from run to run.
    pub(crate) fn normal(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.replacements {
            text = text.replace(from, to);
        }
        text
    }
}

/// The filters under which transcripts become snapshots: ids, times, ages.
pub(crate) fn filters() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[id]");
    settings.add_filter(r"(\d{4}-\d\d-\d\d|\[today\]|\[yesterday\])T\d\d:\d\d:\d\d(\.\d+)?Z", "[time]");
    settings.add_filter(r"\[(today|yesterday) in full\], \d\d:\d\d", "[minute]");
    settings.add_filter(r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d\b", "[minute]");
    settings.add_filter(r"overdue \d{4} days", "overdue [many] days");
    settings.add_filter(r"todo \d+\.\d+\.\d+ on [\w.-]+", "[client]");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// Takes a snapshot of a transcript.
macro_rules! assert_transcript {
    ($sandbox:expr, $script:expr) => {{
        let transcript = $sandbox.transcript($script);
        $crate::sandbox::filters().bind(|| insta::assert_snapshot!(transcript));
    }};
    ($sandbox:expr, $name:expr, $script:expr) => {{
        let transcript = $sandbox.transcript($script);
        $crate::sandbox::filters().bind(|| insta::assert_snapshot!($name, transcript));
    }};
}
pub(crate) use assert_transcript;

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quoted = false;
    let mut word: Option<String> = None;
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Hours ahead of UTC where it is between noon and one o'clock, so that no test runs across midnight.
fn hours_to_noon() -> i8 {
    12 - now().to_zoned_datetime(TimeZone::UTC).hour()
}

#[expect(clippy::disallowed_methods, reason = "the program under test looks at the real clock")]
fn now() -> Timestamp {
    Timestamp::now()
}
