//! What time it is, and in which zone the user is.

use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

const ZONEINFO: &str = "/usr/share/zoneinfo";

/// The time now, in the user's zone, which is looked up once.
pub(crate) fn now() -> ZonedDateTime {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let zone = ZONE.get_or_init(|| zone_by_name().unwrap_or_else(TimeZone::system));
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    let now = Timestamp::now();
    now.to_zoned_datetime(zone.clone())
}

/// The zone that `TZ` or `/etc/localtime` names, read from its own file.
///
/// `TimeZone::system` finds the same one, but lists the whole zone database on its way: hundreds of system calls, which is
/// a tenth of the time that `todo list` takes. Where anything is unusual, it is the one to ask.
fn zone_by_name() -> Option<TimeZone> {
    if env::var_os("TZDIR").is_some() {
        return None;
    }
    let name = if let Some(name) = env::var_os("TZ") {
        name.into_string().ok()?
    } else {
        let link = fs::read_link("/etc/localtime").ok()?;
        link.strip_prefix(ZONEINFO).ok()?.to_str()?.to_owned()
    };
    read_zone(Path::new(ZONEINFO), &name)
}

fn read_zone(directory: &Path, name: &str) -> Option<TimeZone> {
    // Names such as `America/Argentina/Salta` and `Etc/GMT-14`. Everything else is a rule, a path or nonsense.
    let plain = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'))
    };
    if !name.split('/').all(plain) {
        return None;
    }
    let data = fs::read(directory.join(name)).ok()?;
    TimeZone::tzif(name, &data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zone_names_are_read_from_the_database() {
        let directory = tempfile::tempdir().unwrap();
        for name in
            ["", "UTC0", "<+05>-5", ":Europe/Berlin", "/etc/passwd", "../etc", "Europe/../x", "posix/UTC"]
        {
            assert!(read_zone(directory.path(), name).is_none(), "{name}");
        }
        fs::write(directory.path().join("Nonsense"), "not a zone").unwrap();
        assert!(read_zone(directory.path(), "Nonsense").is_none());
    }

    #[test]
    fn a_zone_read_by_name_equals_the_one_that_jiff_finds() {
        for name in ["Europe/Berlin", "America/Argentina/Salta", "Etc/GMT-14"] {
            // Not on a machine without a zone database.
            if let (Some(read), Ok(known)) = (read_zone(Path::new(ZONEINFO), name), TimeZone::get(name)) {
                assert_eq!((read.iana_name(), &read), (Some(name), &known));
            }
        }
    }
}
