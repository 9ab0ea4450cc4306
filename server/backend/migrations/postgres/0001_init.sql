-- Times are microseconds since the Unix epoch. The SQLite schema is this one with BLOB for UUID and BYTEA.

-- One row: which history this database has.
CREATE TABLE database_state (
    only_row    BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    incarnation UUID   NOT NULL,                       -- renewed whenever the history may have been turned back
    token_epoch BIGINT NOT NULL                        -- tokens of an earlier one are no longer good
);
INSERT INTO database_state VALUES (1, gen_random_uuid(), 0);

-- Has a row for as long as another database is being copied into this one: until then nobody is served from it.
CREATE TABLE unfinished_copy (
    source      TEXT   NOT NULL PRIMARY KEY,           -- what is being copied
    create_time BIGINT NOT NULL
);

-- The auth service's tables.

CREATE TABLE accounts (
    id                  UUID    NOT NULL PRIMARY KEY,
    username            TEXT    NOT NULL,              -- as typed at registration
    username_key        TEXT    NOT NULL UNIQUE,       -- in lower case
    password_hash       TEXT,                          -- PHC string; NULL: no password, no login
    register_request_id UUID,
    disable_time        BIGINT,                        -- set: no login, and no token is good
    delete_time         BIGINT,                        -- set: gone for everybody, its rows are being erased
    token_epoch         BIGINT  NOT NULL DEFAULT 0,    -- tokens of an earlier one are no longer good
    create_time         BIGINT  NOT NULL
);
CREATE INDEX accounts_deleted ON accounts (id) WHERE delete_time IS NOT NULL;

CREATE TABLE sessions (
    id             UUID   NOT NULL PRIMARY KEY,
    account_id     UUID   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash     BYTEA  NOT NULL UNIQUE,             -- SHA-256; the token itself is nowhere
    client         TEXT   NOT NULL,
    account_epoch  BIGINT NOT NULL DEFAULT 0,          -- accounts.token_epoch at the login
    database_epoch BIGINT NOT NULL DEFAULT 0,          -- database_state.token_epoch at the login
    create_time    BIGINT NOT NULL,
    last_use_time  BIGINT NOT NULL,
    expire_time    BIGINT NOT NULL                     -- absolute; idleness is measured from last_use_time
);
CREATE INDEX sessions_of_account ON sessions (account_id, create_time);
CREATE INDEX sessions_expiring ON sessions (expire_time);

-- Personal access tokens.
CREATE TABLE access_tokens (
    id             UUID   NOT NULL PRIMARY KEY,
    account_id     UUID   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash     BYTEA  NOT NULL UNIQUE,             -- SHA-256
    name           TEXT   NOT NULL,
    scopes         TEXT   NOT NULL,                    -- such as `todos:read todos:write`
    account_epoch  BIGINT NOT NULL DEFAULT 0,
    database_epoch BIGINT NOT NULL DEFAULT 0,
    create_time    BIGINT NOT NULL,
    last_use_time  BIGINT,
    expire_time    BIGINT
);
CREATE INDEX access_tokens_of_account ON access_tokens (account_id, create_time);

-- Devices that have logged in before, which the rate limit of an account's name does not hold up.
CREATE TABLE devices (
    account_id    UUID   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret_hash   BYTEA  NOT NULL,                     -- SHA-256
    last_use_time BIGINT NOT NULL,
    PRIMARY KEY (account_id, secret_hash)
);

CREATE TABLE invitations (
    id          UUID   NOT NULL PRIMARY KEY,
    secret_hash BYTEA  NOT NULL UNIQUE,                -- SHA-256
    note        TEXT   NOT NULL,
    create_time BIGINT NOT NULL,
    expire_time BIGINT NOT NULL
);

-- The todo service's tables.

-- One row for each account. Every change of its todos locks this row first, and needs no other lock.
CREATE TABLE todo_accounts (
    account_id  UUID   NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    revision    BIGINT NOT NULL,                       -- orders all changes of the account
    horizon     BIGINT NOT NULL,                       -- revision up to which the feed has forgotten purges
    next_number BIGINT NOT NULL,                       -- number of the next todo
    time_zone   TEXT   NOT NULL,                       -- IANA name
    settings    TEXT   NOT NULL DEFAULT '',            -- the other settings; empty: all as they come
    max_todos   BIGINT,                                -- quotas; NULL: the server's
    max_bytes   BIGINT,
    used_todos  BIGINT NOT NULL,                       -- rows of todos, the trash included
    used_bytes  BIGINT NOT NULL,                       -- of them and of operations, as store/usage.rs counts them
    forgotten_number BIGINT NOT NULL                   -- todos with numbers up to this may have been purged and forgotten
);

CREATE TABLE projects (
    account_id  UUID    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id          UUID    NOT NULL,
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,                      -- by which names are compared
    inbox       BOOLEAN NOT NULL,
    revision    BIGINT  NOT NULL,                      -- the account's, at the last change of the project itself
    create_time BIGINT  NOT NULL,
    update_time BIGINT  NOT NULL,
    delete_time BIGINT,                                -- set: its todos are in the trash, too
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX projects_by_name ON projects (account_id, name_key) WHERE delete_time IS NULL;
CREATE INDEX projects_deleted ON projects (account_id, delete_time) WHERE delete_time IS NOT NULL;
CREATE INDEX projects_changed ON projects (account_id, revision);

CREATE TABLE todos (
    account_id    UUID    NOT NULL,
    id            UUID    NOT NULL,
    number        BIGINT  NOT NULL,
    -- Here, because SQLite reads a row from its beginning, and lists need no more of most.
    complete_time BIGINT,
    delete_time   BIGINT,
    tags_key      TEXT    NOT NULL,                    -- tags, in lower case
    encoded       BYTEA,                               -- what lists answer of it, derived from the others; none for a long one
    project_id    UUID    NOT NULL,
    parent_id     UUID,
    title         TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    priority      BIGINT  NOT NULL,                    -- 1 to 4; 5 is none, so that none sorts last
    due           TEXT,                                -- 2026-07-15, 2026-07-15T18:00:00 or 2026-07-15T18:00:00[Zone]
    due_zoned     BOOLEAN NOT NULL,
    due_at        BIGINT  NOT NULL,                    -- zoned: the instant; else the wall clock read as UTC, a date at
                                                       -- its end; the largest number for none
    start         TEXT,                                -- like due: hidden until then
    repeat_rule   TEXT,                                -- first occurrence, rule, mode, what is skipped, paused until
    series_id     UUID,                                -- which repeating todo this is a record of
    step          BIGINT,                              -- which occurrence it is
    reminders     TEXT,
    tags          TEXT    NOT NULL,                    -- each between line feeds
    position      TEXT    NOT NULL,                    -- manual order within the project
    annotations   BYTEA,                                -- notes with their times
    extras        BYTEA,                                -- what an import must keep, and what it is called elsewhere
    search_key    TEXT    NOT NULL,                    -- title and description, in lower case
    revision      BIGINT  NOT NULL,                    -- the account's, at the last change
    create_time   BIGINT  NOT NULL,
    update_time   BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX todos_by_number ON todos (account_id, number);
-- A page in the order of due times merges the two halves of this index, as of the account's time zone.
CREATE INDEX todos_open ON todos (account_id, due_zoned, due_at, priority, number)
    WHERE complete_time IS NULL AND delete_time IS NULL;
-- Likewise of one project.
CREATE INDEX todos_open_of_project ON todos (account_id, project_id, due_zoned, due_at, priority, number)
    WHERE complete_time IS NULL AND delete_time IS NULL;
CREATE INDEX todos_of_project ON todos (account_id, project_id, complete_time, position, number)
    WHERE delete_time IS NULL;
CREATE INDEX todos_done ON todos (account_id, revision, number)
    WHERE complete_time IS NOT NULL AND delete_time IS NULL;
CREATE INDEX todos_trash ON todos (account_id, delete_time, number) WHERE delete_time IS NOT NULL;
CREATE INDEX todos_changed ON todos (account_id, revision, number);
CREATE INDEX todos_parts ON todos (account_id, parent_id) WHERE parent_id IS NOT NULL;

-- Which todos wait for which.
CREATE TABLE dependencies (
    account_id UUID NOT NULL,
    todo_id    UUID NOT NULL,
    depends_on UUID NOT NULL,
    PRIMARY KEY (account_id, todo_id, depends_on),
    FOREIGN KEY (account_id, todo_id) REFERENCES todos (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, depends_on) REFERENCES todos (account_id, id) ON DELETE CASCADE
);
CREATE INDEX dependencies_of ON dependencies (account_id, depends_on);

-- What todos are called elsewhere, so that an import finds them again.
CREATE TABLE external_references (
    account_id  UUID NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    todo_id     UUID NOT NULL,
    PRIMARY KEY (account_id, source, external_id),
    FOREIGN KEY (account_id, todo_id) REFERENCES todos (account_id, id) ON DELETE CASCADE
);
CREATE INDEX external_references_of_todo ON external_references (account_id, todo_id);

-- Saved filters.
CREATE TABLE views (
    account_id  UUID   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id          UUID   NOT NULL,
    name        TEXT   NOT NULL,
    name_key    TEXT   NOT NULL,
    filter      TEXT   NOT NULL,
    sort        TEXT   NOT NULL,
    revision    BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name_key)
);

-- What is left of a todo or project that was purged: its id for ever, so that nothing else takes it; the rest for as long
-- as watchers may still have to learn of it.
CREATE TABLE tombstones (
    account_id UUID    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id         UUID    NOT NULL,
    project    BOOLEAN NOT NULL,
    number     BIGINT,                                 -- of a todo
    revision   BIGINT,                                 -- the account's, at the purge
    purge_time BIGINT,
    erase_from BIGINT,                                 -- set: operations up to this revision may still hold its values
    PRIMARY KEY (account_id, id, project)
);
CREATE INDEX tombstones_changed ON tombstones (account_id, revision) WHERE revision IS NOT NULL;
CREATE INDEX tombstones_to_erase ON tombstones (account_id, erase_from) WHERE erase_from IS NOT NULL;

-- One row for each change that anybody asked for: retries, undo and the activity log come from here.
CREATE TABLE operations (
    account_id   UUID    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    revision     BIGINT  NOT NULL,                     -- the account's, of the change
    id           UUID    NOT NULL,                     -- the request_id
    group_id     UUID,                                 -- what the client did with several requests
    kind         BIGINT  NOT NULL,                     -- todo.v1.OperationKind
    actor_id     UUID,                                 -- the session; NULL: nobody had to log in
    actor        TEXT    NOT NULL,                     -- what the session is called
    request_hash BYTEA   NOT NULL,                     -- SHA-256 of method and request
    changes      BYTEA   NOT NULL,                     -- the fields that it changed, before and after
    answer       BYTEA   NOT NULL,                     -- what a repeat of the request is told
    undoes       UUID,
    undone_by    UUID,
    create_time  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, revision)
);
CREATE UNIQUE INDEX operations_by_id ON operations (account_id, id);
CREATE INDEX operations_of_group ON operations (account_id, group_id, revision) WHERE group_id IS NOT NULL;
