//! `todo-server check`

use todo_backend::operator::{self, CheckReport, Schema};

use super::Outcome;
use crate::{config::Config, error::Result};

pub(super) async fn run(config: &Config) -> Result<Outcome> {
    Ok(describe(operator::check(&config.location()).await?))
}

fn describe(report: CheckReport) -> Outcome {
    let mut lines = Vec::new();
    match report.damage {
        Some(damage) if damage.is_empty() => lines.push("The file is sound.".into()),
        Some(damage) => {
            lines.extend(damage.into_iter().map(|line| format!("Damaged: {line}.")));
            lines.push("Restore a backup with `todo-server restore`.".into());
        }
        None => {}
    }
    if let Some(schema) = report.schema {
        lines.push(describe_schema(schema));
    }
    let mut is_good = matches!(report.schema, Some(Schema::Current(_) | Schema::Old(_)));
    if let Some(source) = report.unfinished_copy {
        lines.push(format!("A copy of {source} was begun and not finished: run `todo-server copy` again."));
        is_good = false;
    }
    if let Some(differences) = report.schema_differences {
        is_good &= differences.missing.is_empty();
        lines.extend(differences.missing.iter().map(|object| format!("Missing: {object}.")));
        lines.extend(differences.unknown.iter().map(|object| format!("Not looked at: {object}.")));
        if !differences.missing.is_empty() {
            lines.push("Nothing else was looked at. Restore a backup with `todo-server restore`.".into());
        }
    }
    if let Some(invariants) = report.invariants {
        is_good &= invariants.violated.is_empty();
        for (what, rows) in &invariants.violated {
            lines.push(format!("Broken: {rows} {what}."));
        }
        if invariants.violated.is_empty() {
            lines.push(format!("All {} things that must hold do hold.", invariants.count));
        }
    }
    Outcome { lines, is_good }
}

fn describe_schema(schema: Schema) -> String {
    match schema {
        Schema::Current(version) => format!("The schema is of version {version}, as it should be."),
        Schema::Old(version) => format!(
            "The schema is of version {version}, which is old: `todo-server migrate` brings it up to date."
        ),
        Schema::Missing => "There is no schema: this is no database of Todo, or a new one.".into(),
        Schema::Newer(version) => {
            format!("The schema is of version {version}, of a newer version of Todo: use that one.")
        }
        Schema::Edited(version) => {
            format!("Migration {version} was edited after it had been applied: run an unmodified build.")
        }
    }
}
