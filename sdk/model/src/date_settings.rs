//! [`DateSettings`]: what an account says about its calendar and its clock.

use std::{fmt, str::FromStr};

use jiff::civil::{Time, Weekday};

/// What an account says about its calendar and its clock, which decides what phrases for dates mean.
///
/// Written as `week_start=sunday;date_order=dmy`, in which what is as it comes is left out:
///
/// ```
/// use todo_model::date_settings::{DateOrder, DateSettings};
///
/// let settings: DateSettings = "week_start=sunday;date_order=dmy".parse()?;
/// assert_eq!(settings.date_order, Some(DateOrder::DayMonthYear));
/// assert_eq!(settings.to_string(), "date_order=dmy;week_start=sunday");
/// assert_eq!(DateSettings::default().to_string(), "");
/// # Ok::<(), todo_model::date_settings::InvalidSetting>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateSettings {
    /// How `4/5` is read. `None`: not at all.
    pub date_order: Option<DateOrder>,
    /// The first day of a week: Monday as it comes, or Sunday, or Saturday.
    pub week_start: Weekday,
    /// When a day begins: to the minute, before noon. Midnight as it comes.
    pub day_start: Time,
    /// How times are shown.
    pub clock: ClockFormat,
}

impl Default for DateSettings {
    fn default() -> Self {
        Self {
            date_order: None,
            week_start: Weekday::Monday,
            day_start: Time::midnight(),
            clock: ClockFormat::TwentyFourHours,
        }
    }
}

impl DateSettings {
    /// The names of the settings, as they are written.
    ///
    /// ```
    /// # use todo_model::date_settings::DateSettings;
    /// assert_eq!(DateSettings::NAMES, ["date_order", "week_start", "day_start", "clock"]);
    /// ```
    pub const NAMES: [&'static str; 4] = ["date_order", "week_start", "day_start", "clock"];

    /// Returns the value of a setting as it is written; `None` for a name that is none.
    ///
    /// ```
    /// # use todo_model::date_settings::DateSettings;
    /// assert_eq!(DateSettings::default().get("week_start").as_deref(), Some("monday"));
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        Some(match name {
            "date_order" => self.date_order.map_or("none", DateOrder::as_str).to_owned(),
            "week_start" => week_start_name(self.week_start).to_owned(),
            "day_start" => self.day_start.strftime("%H:%M").to_string(),
            "clock" => self.clock.as_str().to_owned(),
            _ => return None,
        })
    }

    /// Sets one of them to a value as it is written; an empty one sets it back to what it comes with.
    ///
    /// ```
    /// # use todo_model::date_settings::DateSettings;
    /// let mut settings = DateSettings::default();
    /// settings.set("day_start", "05:00")?;
    /// assert_eq!(settings.day_start, jiff::civil::time(5, 0, 0, 0));
    /// assert!(settings.set("week_start", "wednesday").is_err());
    /// # Ok::<(), todo_model::date_settings::InvalidSetting>(())
    /// ```
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidSetting> {
        let came = Self::default();
        match name {
            "date_order" => {
                self.date_order = match value {
                    "" | "none" => None,
                    value => Some(value.parse()?),
                }
            }
            "week_start" => {
                self.week_start = match value {
                    "" => came.week_start,
                    "monday" => Weekday::Monday,
                    "saturday" => Weekday::Saturday,
                    "sunday" => Weekday::Sunday,
                    _ => return Err(InvalidSetting::WeekStart),
                }
            }
            "day_start" => {
                self.day_start = if value.is_empty() { came.day_start } else { parse_day_start(value)? }
            }
            "clock" => self.clock = if value.is_empty() { came.clock } else { value.parse()? },
            _ => return Err(InvalidSetting::Name),
        }
        Ok(())
    }
}

/// Reads `05:00`: to the minute, before noon.
fn parse_day_start(text: &str) -> Result<Time, InvalidSetting> {
    let parts = text.split_once(':').filter(|(hour, minute)| {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits(hour) && digits(minute)
    });
    parts
        .and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())
        .filter(|time| time.hour() < 12)
        .ok_or(InvalidSetting::DayStart)
}

fn week_start_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
        _ => "monday",
    }
}

/// What is not as it comes, by name.
impl fmt::Display for DateSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let came = Self::default();
        let mut separator = "";
        for name in Self::NAMES {
            if let Some(value) = self.get(name)
                && came.get(name).is_none_or(|came| came != value)
            {
                write!(f, "{separator}{name}={value}")?;
                separator = ";";
            }
        }
        Ok(())
    }
}

impl FromStr for DateSettings {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        let mut settings = Self::default();
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(InvalidSetting::Name)?;
            settings.set(name, value)?;
        }
        Ok(settings)
    }
}

/// In which order the numbers of a date such as `4/5` stand.
///
/// ```
/// use todo_model::date_settings::DateOrder;
///
/// assert_eq!("mdy".parse(), Ok(DateOrder::MonthDayYear));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `dmy`: `4/5` is the 4th of May.
    DayMonthYear,
    /// `mdy`: `4/5` is April 5.
    MonthDayYear,
    /// `ymd`: `4/5` is April 5, and a year stands first.
    YearMonthDay,
}

impl DateOrder {
    /// Returns how it is written.
    ///
    /// ```
    /// # use todo_model::date_settings::DateOrder;
    /// assert_eq!(DateOrder::DayMonthYear.as_str(), "dmy");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DayMonthYear => "dmy",
            Self::MonthDayYear => "mdy",
            Self::YearMonthDay => "ymd",
        }
    }
}

impl FromStr for DateOrder {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        Ok(match text {
            "dmy" => Self::DayMonthYear,
            "mdy" => Self::MonthDayYear,
            "ymd" => Self::YearMonthDay,
            _ => return Err(InvalidSetting::DateOrder),
        })
    }
}

/// How times of the day are shown. Both are read whatever this says.
///
/// ```
/// use todo_model::date_settings::ClockFormat;
///
/// let evening = jiff::civil::time(18, 30, 0, 0);
/// assert_eq!(ClockFormat::TwentyFourHours.show(evening), "18:30");
/// assert_eq!(ClockFormat::TwelveHours.show(evening), "6:30 pm");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClockFormat {
    /// `24h`: `18:30`.
    #[default]
    TwentyFourHours,
    /// `12h`: `6:30 pm`.
    TwelveHours,
}

impl ClockFormat {
    /// Returns how it is written.
    ///
    /// ```
    /// # use todo_model::date_settings::ClockFormat;
    /// assert_eq!(ClockFormat::TwelveHours.as_str(), "12h");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwentyFourHours => "24h",
            Self::TwelveHours => "12h",
        }
    }

    /// Returns how this clock shows a time; seconds only where there are any.
    ///
    /// ```
    /// # use todo_model::date_settings::ClockFormat;
    /// assert_eq!(ClockFormat::TwelveHours.show(jiff::civil::time(0, 0, 0, 0)), "12:00 am");
    /// ```
    #[must_use]
    pub fn show(self, time: Time) -> String {
        let pattern = match (self, time.second()) {
            (Self::TwentyFourHours, 0) => "%H:%M",
            (Self::TwentyFourHours, _) => "%H:%M:%S",
            (Self::TwelveHours, 0) => "%-I:%M %P",
            (Self::TwelveHours, _) => "%-I:%M:%S %P",
        };
        time.strftime(pattern).to_string()
    }
}

impl FromStr for ClockFormat {
    type Err = InvalidSetting;

    fn from_str(text: &str) -> Result<Self, InvalidSetting> {
        match text {
            "24h" => Ok(Self::TwentyFourHours),
            "12h" => Ok(Self::TwelveHours),
            _ => Err(InvalidSetting::Clock),
        }
    }
}

/// Why a value is none of a setting, as a sentence that follows the name of its field.
///
/// ```
/// use todo_model::date_settings::DateOrder;
///
/// let error = "dym".parse::<DateOrder>().unwrap_err();
/// assert_eq!(error.to_string(), "Must be dmy, mdy, ymd or none.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// There is no setting of this name.
    #[error("Must be date_order, week_start, day_start or clock.")]
    Name,
    /// An order is wanted.
    #[error("Must be dmy, mdy, ymd or none.")]
    DateOrder,
    /// A weekday on which weeks begin somewhere is wanted.
    #[error("Must be monday, saturday or sunday.")]
    WeekStart,
    /// A time before noon is wanted.
    #[error("Must be a time from 00:00 to 11:59 such as 05:00.")]
    DayStart,
    /// A clock is wanted.
    #[error("Must be 24h or 12h.")]
    Clock,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_and_read_back() {
        for text in [
            "",
            "date_order=mdy",
            "week_start=saturday;day_start=05:30",
            "date_order=ymd;week_start=sunday;day_start=00:05;clock=12h",
        ] {
            assert_eq!(text.parse::<DateSettings>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn invalid_settings_are_refused() {
        for (text, error) in [
            ("x", InvalidSetting::Name),
            ("zone=UTC", InvalidSetting::Name),
            ("date_order=us", InvalidSetting::DateOrder),
            ("week_start=tuesday", InvalidSetting::WeekStart),
            ("day_start=12:00", InvalidSetting::DayStart),
            ("day_start=5:00", InvalidSetting::DayStart),
            ("day_start=05:60", InvalidSetting::DayStart),
            ("clock=24", InvalidSetting::Clock),
        ] {
            assert_eq!(text.parse::<DateSettings>(), Err(error), "{text}");
        }
    }
}
