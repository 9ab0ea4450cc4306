//! Formats: JSON documents, ids, colour, pipes, and hostile text.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::sandbox::{Sandbox, assert_transcript};

#[test]
fn commands_print_json_documents() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        r"
        todo add Buy milk --due 2099-12-24 --priority 1 --tag errand --json
        todo add - --due 2099-12-24T18:30 --json << one\n
        todo add Call --due 2099-12-24T18:30+05:00 --json
        todo done 1 --json
        todo done 1 --json
        todo list --all --limit 1 --sort number --json
        todo show 1 --json
        todo edit 2 --title two --json
        todo rm 2 --json
        todo undo --json
        todo log --json
        todo project add Home --json
        todo project list --json
        todo project rm Home --json
        todo status --json
        todo logout --json
        "
    );
}

#[test]
fn errors_are_printed_as_json() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        "
        todo done 7 --json
        todo --json done
        todo add x --due someday --json
        todo --json --server http://127.0.0.1:1 list
        todo --json nonsense
        "
    );
}

#[test]
fn quiet_prints_ids_only() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "one"]);
    assert_eq!(sandbox.ok(&["add", "two", "--quiet"]), "2\n");
    let output = sandbox.run(&["done", "1", "-q"]);
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"1\n"[..], &b""[..]));
    let project = sandbox.ok(&["project", "add", "Home", "-q"]);
    assert_eq!(sandbox.ok(&["add", "three", "--project", project.trim(), "-q"]), "3\n");
    assert_eq!(sandbox.run(&["list", "-q", "--json"]).status.code(), Some(2));
}

#[test]
fn color_option_and_environment_decide_about_colours() {
    let mut sandbox = Sandbox::new();
    sandbox.ok(&["add", "late", "--due", "2001-01-01"]);
    let colourful = |sandbox: &Sandbox, arguments: &[&str]| sandbox.ok(arguments).contains("\x1b[");
    assert!(!colourful(&sandbox, &["list"]));
    assert!(colourful(&sandbox, &["list", "--color", "always"]));
    sandbox.set("CLICOLOR_FORCE", "0");
    assert!(!colourful(&sandbox, &["list"]));
    sandbox.set("CLICOLOR_FORCE", "1");
    assert!(colourful(&sandbox, &["list"]));
    assert!(!colourful(&sandbox, &["list", "--color", "never"]));
    sandbox.set("CLICOLOR", "0");
    assert!(colourful(&sandbox, &["list"]), "CLICOLOR_FORCE overrides CLICOLOR");
    sandbox.set("NO_COLOR", "1");
    assert!(!colourful(&sandbox, &["list"]));
    assert!(colourful(&sandbox, &["list", "--color=always"]));
    // Help and usage errors follow the same rules.
    assert!(!colourful(&sandbox, &["--help"]));
    assert!(colourful(&sandbox, &["--help", "--color=always"]));
}

#[test]
fn piped_lines_are_untruncated_and_tab_separated() {
    let sandbox = Sandbox::new();
    let title = "A title that is far too long for any terminal ".repeat(9);
    sandbox.ok(&["add", &title, "--due", "2099-12-24", "--tag", "a,b", "--priority", "2"]);
    let list = sandbox.ok(&["list"]);
    let fields: Vec<&str> = list.trim_end_matches('\n').split('\t').collect();
    assert_eq!(fields, ["1", "open", "2", "2099-12-24", "Inbox", "a,b", title.trim()]);
}

#[test]
fn control_characters_are_escaped_in_every_output() {
    let sandbox = Sandbox::new();
    let evil = "pay \u{202e}lla\u{2069} \u{9b}31m";
    // `todo add` refuses control characters in a title; bidi overrides are allowed.
    assert_eq!(sandbox.run(&["add", evil]).status.code(), Some(2));
    sandbox.ok(&["add", "pay \u{202e}lla\u{2066}", "--description", "one\n\u{202e}two"]);
    sandbox.ok(&["project", "add", "x\u{202e}y"]);
    sandbox.ok(&["edit", "1", "--project", "x\u{202e}y", "--add-tag", "t\u{2067}t"]);
    for arguments in [
        &["list"][..],
        &["show", "1"],
        &["project", "list"],
        &["log"],
        &["done", "1"],
        &["reopen", "1"],
        &["list", "--json"],
        &["show", "1", "--json"],
        &["list", "--color", "always"],
    ] {
        let output = sandbox.run(arguments);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let harmless = text.replace("\x1b[", "<colour>");
        for c in ['\u{202e}', '\u{2066}', '\u{2067}', '\x1b', '\x07', '\r'] {
            assert!(!harmless.contains(c), "{arguments:?} prints {c:?}");
        }
    }
    // Programs still get the text itself.
    assert_eq!(sandbox.json(&["show", "1"])["todos"][0]["title"], "pay \u{202e}lla\u{2066}");
}

#[test]
fn a_closed_pipe_ends_the_output_without_an_error() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], &"Some words to fill a pipe\n".repeat(2_000));
    for arguments in [&["list"][..], &["list", "--json"], &["--help"], &["completions", "bash"]] {
        let mut child = sandbox
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        // The pipe is closed here, long before all is written.
        let status = child.wait().unwrap();
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!((status.code(), told.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "one"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(&["list"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("No space left on device"));
}
