//! `todo-server check`

use super::Outcome;
use crate::{
    config::Config,
    error::Result,
    store::{
        backup, copy,
        db::{Db, Look},
        invariants,
        schema::Schema,
    },
};

pub(super) async fn run(config: &Config) -> Result<Outcome> {
    let mut look = Db::look_at(&config.location()).await?;
    let mut lines = Vec::new();
    let mut is_good = true;
    if let Look::Sqlite(connection) = &mut look {
        let damage = backup::damage(connection).await?;
        if damage.is_empty() {
            lines.push("The file is sound.".into());
        } else {
            lines.extend(damage.into_iter().map(|line| format!("Damaged: {line}.")));
            lines.push("Restore a backup with `todo-server restore`.".into());
            return Ok(Outcome { lines, is_good: false });
        }
    }
    match Schema::of(&mut look.conn()).await? {
        Schema::Current(version) => {
            lines.push(format!("The schema is of version {version}, as it should be."));
        }
        Schema::Old(version) => {
            lines.push(format!(
                "The schema is of version {version}, which is old: `todo-server migrate` brings it up to date."
            ));
            return Ok(Outcome { lines, is_good });
        }
        Schema::Missing => {
            lines.push("There is no schema: this is no database of Todo, or a new one.".into());
            return Ok(Outcome { lines, is_good: false });
        }
        Schema::Newer(version) => {
            lines.push(format!(
                "The schema is of version {version}, of a newer version of Todo: use that one."
            ));
            return Ok(Outcome { lines, is_good: false });
        }
        Schema::Edited(version) => {
            lines.push(format!(
                "Migration {version} was edited after it had been applied: run an unmodified build."
            ));
            return Ok(Outcome { lines, is_good: false });
        }
    }
    if let Some(source) = copy::unfinished(&mut look.conn()).await? {
        lines.push(format!("A copy of {source} was begun and not finished: run `todo-server copy` again."));
        is_good = false;
    }
    let broken = invariants::broken(&mut look.conn()).await?;
    for (what, count) in &broken {
        lines.push(format!("Broken: {count} {what}."));
        is_good = false;
    }
    if broken.is_empty() {
        lines.push(format!("All {} things that must hold do hold.", invariants::count()));
    }
    Ok(Outcome { lines, is_good })
}
