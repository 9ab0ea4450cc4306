//! The modules of a crate do not import each other in cycles: what [`structure`](crate::structure) checks of each crate.
//!
//! A file uses another if it declares it (`mod`) or names it by a path that begins with `crate::` or `super::`. Unit tests
//! and comments do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The files that each file uses, by their module paths; the crate's root is the empty path.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Returns modules of the crate with these sources that lead from one back to itself, if there are any.
pub(crate) fn find_cycle(sources: &Path) -> Option<Vec<String>> {
    let mut modules = BTreeMap::new();
    read_modules(sources, "", &mut modules);
    let sources = modules;
    assert!(sources.len() > 5, "{:?}", sources.keys());
    let graph: Graph = sources
        .iter()
        .map(|(module, source)| {
            let used = uses(module, source).into_iter().map(|path| file_of(&path, &sources));
            // A module and the ones inside of it are one unit: those add to its types.
            let is_outside = |used: &String| !used.is_empty() && !is_inside(module, used);
            (module.clone(), used.filter(is_outside).collect())
        })
        .collect();
    cycle(&graph)
}

#[test]
fn cycles_are_found() {
    let graph = |edges: &[(&str, &[&str])]| -> Graph {
        let set = |used: &[&str]| used.iter().map(ToString::to_string).collect();
        edges.iter().map(|(module, used)| ((*module).to_owned(), set(used))).collect()
    };
    assert_eq!(cycle(&graph(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])), None);
    let found = cycle(&graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]));
    assert_eq!(found, Some(vec!["b".to_owned(), "c".to_owned(), "b".to_owned()]));
    let used = uses(
        "view::list",
        "mod sub;\n// crate::no\nuse crate::{ui, text::{line, block}};\nuse super::todo::X;",
    );
    assert_eq!(used, ["view::list::sub", "ui", "text::line", "text::block", "view::todo::X"]);
}

/// Reads the sources below `directory`, which holds the modules of `parent`.
fn read_modules(directory: &Path, parent: &str, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        // A module's own file is `name.rs` or `name/mod.rs`; the root is `lib.rs`, or `main.rs` of a program alone.
        let module =
            if ["lib", "main", "mod"].contains(&name) { parent.to_owned() } else { join(parent, name) };
        if path.is_dir() {
            read_modules(&path, &module, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            // The program of a crate with a library only calls it.
            if name != "main" || !sources.contains_key(&module) {
                sources.insert(module, source);
            }
        }
    }
}

/// The paths from the root of the crate that this source names.
fn uses(module: &str, source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let declared = code.lines().filter_map(|line| {
        let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let mut used: Vec<String> = declared.map(|name| join(module, name)).collect();
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    for (prefix, base) in [("crate::", ""), ("super::", parent)] {
        for (at, _) in code.match_indices(prefix) {
            // Not `pub(crate)`, not another crate whose name ends so.
            if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                add_paths(base, &code[at + prefix.len()..], &mut used);
            }
        }
    }
    used
}

/// Adds what a path names, such as `a::b` or `a::{b, c::d}`; returns what follows it.
fn add_paths<'a>(base: &str, text: &'a str, used: &mut Vec<String>) -> &'a str {
    let Some(mut rest) = text.strip_prefix('{') else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let path = join(base, &text[..end]);
        if let Some(more) = text[end..].strip_prefix("::") {
            return add_paths(&path, more, used);
        }
        used.push(path);
        return &text[end..];
    };
    loop {
        rest = add_paths(base, rest.trim_start(), used);
        match rest.trim_start().strip_prefix(',') {
            Some(more) if !more.trim_start().starts_with('}') => rest = more,
            Some(more) => return more.trim_start().trim_start_matches('}'),
            None => return rest.trim_start().trim_start_matches('}'),
        }
    }
}

/// The module whose file holds what is at this path.
fn file_of(path: &str, sources: &BTreeMap<String, String>) -> String {
    let mut path = path;
    while !sources.contains_key(path) {
        path = path.rsplit_once("::").map_or("", |(parent, _)| parent);
    }
    path.to_owned()
}

/// Whether a module is the other one, or inside of it.
fn is_inside(module: &str, other: &str) -> bool {
    module.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}::{name}") }
}

/// Modules that lead from one back to itself, if there are any.
fn cycle(graph: &Graph) -> Option<Vec<String>> {
    fn visit(module: &str, graph: &Graph, path: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if let Some(start) = path.iter().position(|other| other == module) {
            path.drain(..start);
            path.push(module.to_owned());
            return true;
        }
        if done.contains(module) {
            return false;
        }
        path.push(module.to_owned());
        if graph.get(module).into_iter().flatten().any(|used| visit(used, graph, path, done)) {
            return true;
        }
        path.pop();
        done.insert(module.to_owned());
        false
    }
    let (mut path, mut done) = (Vec::new(), BTreeSet::new());
    graph.keys().any(|module| visit(module, graph, &mut path, &mut done)).then_some(path)
}
