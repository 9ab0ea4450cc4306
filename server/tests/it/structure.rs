//! Which crates and modules may use each other, as the design says.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::modules::find_cycle;

/// The crates, by their directories.
const CRATES: [&str; 7] = ["proto", "sdk/model", "sdk", "server/backend", "server/web", "server", "cli"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What a crate depends on, tests left out.
fn dependencies(directory: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(workspace().join(directory).join("Cargo.toml")).unwrap();
    let mut dependencies = BTreeSet::new();
    let mut is_inside = false;
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            is_inside = section == "dependencies]" || section.ends_with(".dependencies]");
        } else if is_inside
            && let Some(name) = line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty())
        {
            dependencies.insert(name.to_owned());
        }
    }
    dependencies
}

#[test]
fn crates_do_not_depend_on_forbidden_crates() {
    for (directory, walled_off) in [
        ("sdk/model", &["tokio", "tonic", "prost", "sqlx", "http"][..]),
        ("sdk", &["todo-backend", "todo-server", "todo-web", "sqlx", "axum"]),
        (
            "server/backend",
            &["todo-sdk", "todo-web", "todo-server", "axum", "hyper", "clap", "opentelemetry"],
        ),
        ("server/web", &["todo-backend", "todo-server", "todo-proto", "sqlx", "tonic", "opentelemetry"]),
        ("cli", &["todo-server", "todo-web", "axum", "askama", "opentelemetry"]),
    ] {
        let dependencies = dependencies(directory);
        assert!(dependencies.len() > 3, "{directory}: {dependencies:?}");
        for name in walled_off {
            assert!(!dependencies.contains(*name), "{directory} depends on {name}");
        }
    }
}

#[test]
fn the_second_engine_is_the_only_feature_of_the_servers_crates() {
    for directory in ["server/backend", "server/web", "server"] {
        let manifest = fs::read_to_string(workspace().join(directory).join("Cargo.toml")).unwrap();
        let features = manifest.split("[features]").nth(1).and_then(|rest| rest.split("\n[").next());
        let names = features.unwrap_or_default().lines().filter_map(|line| line.split_once(" = "));
        let names = names.map(|(name, _)| name).filter(|name| *name != "default").collect::<Vec<_>>();
        assert!(names.is_empty() || names == ["postgres"], "{directory}: {names:?}");
    }
}

#[test]
fn modules_do_not_import_each_other_in_cycles() {
    for directory in CRATES.iter().filter(|directory| **directory != "proto") {
        assert_eq!(find_cycle(&workspace().join(directory).join("src")), None, "{directory}");
    }
    assert_eq!(find_cycle(&workspace().join("server/benches/throughput")), None);
}

/// Rows of one service are read and written by that service only; what both need is a function of the other's.
#[test]
fn services_do_not_use_each_others_tables() {
    for (service, tables) in [
        (
            "auth",
            &[
                "projects::",
                "todos::",
                "todo_accounts::",
                "todo_list::",
                "operations::",
                "changes::",
                "tombstones::",
            ][..],
        ),
        ("todo", &["sessions::"]),
    ] {
        for entry in fs::read_dir(workspace().join("server/backend/src").join(service)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(source) = fs::read_to_string(&path) else { continue };
            let code = source.split("#[cfg(test)]").next().unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let touched = tables.iter().find(|table| line.contains(**table));
                assert_eq!(touched, None, "{}: {line}", path.display());
            }
        }
    }
}

/// Files are named in the words of the field. These are former names, which said less.
#[test]
fn files_do_not_have_their_former_names() {
    const OLD: [&str; 30] = [
        "access",
        "answer",
        "balance",
        "browser",
        "crowd",
        "draft",
        "ending",
        "endpoint",
        "feed",
        "framework",
        "front",
        "ground",
        "guard",
        "hold",
        "lanes",
        "live",
        "messages",
        "note",
        "page",
        "panics",
        "patience",
        "questions",
        "reach",
        "remote",
        "replicas",
        "source",
        "supervisor",
        "upkeep",
        "visit",
        "when",
    ];
    fn visit(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.file_stem().is_some_and(|name| OLD.iter().any(|old| name == *old)) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for directory in CRATES {
        visit(&workspace().join(directory).join("src"), &mut found);
    }
    assert_eq!(found, Vec::<PathBuf>::new());
}
