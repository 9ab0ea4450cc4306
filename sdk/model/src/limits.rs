//! How much the services take: the numbers that clients may rely on, and check before they ask.
//!
//! The rules about what a text may hold are in [`text`](crate::text).

/// Characters of a title.
pub const TITLE_CHARS: usize = 500;
/// Bytes of a description: 64 KiB.
pub const DESCRIPTION_BYTES: usize = 64 * 1024;
/// Tags of a todo.
pub const TAGS: usize = 50;
/// Characters of a tag.
pub const TAG_CHARS: usize = 64;

/// Notes that one todo may have been given.
pub const ANNOTATIONS: usize = 100;
/// Characters of such a note.
pub const ANNOTATION_CHARS: usize = 4_000;
/// Bytes of what an import keeps with a todo: 64 KiB.
pub const EXTRAS_BYTES: usize = 64 * 1024;
/// References by which other programs know a todo.
pub const REFERENCES: usize = 20;

/// Characters of a recurrence rule.
pub const RULE_CHARS: usize = 8 * 1024;
/// The largest interval or number of occurrences of a recurrence rule.
pub const RULE_COUNT: u32 = 100_000;
/// Dates that a series may leave out.
pub const SKIPPED: usize = 1_000;

/// How deep todos may be parts of each other.
pub const TREE_DEPTH: i64 = 16;

/// Characters of a project's name, of each level of it.
pub const PROJECT_NAME_CHARS: usize = 100;
/// Levels of a project's name, as in `Home/Kitchen`.
pub const PROJECT_LEVELS: usize = 5;
/// Live projects of an account.
pub const PROJECTS: usize = 1_000;

/// The largest number of a todo.
pub const MAX_TODO_NUMBER: i64 = i32::MAX as i64;
/// Ids, or numbers, of todos that one call may name.
pub const IDS: usize = 1_000;
/// Characters of a date in words.
pub const DATE_CHARS: usize = 200;
/// Characters of a line that says what a todo is to be.
pub const QUICK_ADD_CHARS: usize = 2_000;
/// Characters of a filter.
pub const FILTER_CHARS: usize = 1_000;
/// Brackets within brackets in a filter.
pub const FILTER_DEPTH: usize = 32;
/// Conditions of a filter.
pub const FILTER_CONDITIONS: usize = 100;
/// Words and phrases among the conditions of a filter.
pub const FILTER_TEXTS: usize = 8;
/// Hexadecimal digits of an id that its beginning must have to name a todo.
pub const ID_PREFIX_DIGITS: usize = 4;

/// Entries of a page when nobody says how many.
pub const DEFAULT_PAGE_SIZE: u32 = 100;
/// Entries of a page; whoever asks for more gets this many.
pub const MAX_PAGE_SIZE: u32 = 1_000;

/// Characters of a username.
pub const USERNAME_CHARS: usize = 64;
/// Bytes that a new password needs.
pub const MIN_PASSWORD_BYTES: usize = 8;
/// Bytes that a new password may have.
pub const MAX_PASSWORD_BYTES: usize = 1_024;
/// Characters of what a client calls itself at a login.
pub const CLIENT_NAME_CHARS: usize = 200;
