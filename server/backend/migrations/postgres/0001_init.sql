-- Times are microseconds since the Unix epoch. The SQLite schema is this one with BLOB for UUID and BYTEA.

CREATE TABLE accounts (
    id                  UUID    NOT NULL PRIMARY KEY,
    username            TEXT    NOT NULL,              -- as typed at registration
    username_key        TEXT    NOT NULL UNIQUE,       -- in lower case
    password_hash       TEXT,                          -- PHC string; NULL: no password, no login
    time_zone           TEXT    NOT NULL,
    register_request_id UUID,
    disable_time        BIGINT,                        -- set: no login, and no token is good
    next_number         BIGINT  NOT NULL,              -- number of the next todo
    create_time         BIGINT  NOT NULL
);

CREATE TABLE sessions (
    id            UUID   NOT NULL PRIMARY KEY,
    account_id    UUID   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    token_hash    BYTEA  NOT NULL UNIQUE,              -- SHA-256; the token itself is nowhere
    client        TEXT   NOT NULL,
    create_time   BIGINT NOT NULL,
    last_use_time BIGINT NOT NULL,
    expire_time   BIGINT NOT NULL                      -- absolute; idleness is measured from last_use_time
);
CREATE INDEX sessions_of_account ON sessions (account_id, create_time);
CREATE INDEX sessions_expiring ON sessions (expire_time);

CREATE TABLE projects (
    account_id  UUID    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id          UUID    NOT NULL,
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL,                      -- in lower case
    inbox       BOOLEAN NOT NULL,
    revision    BIGINT  NOT NULL,                      -- counts the changes of the project and its todos
    own_revision BIGINT NOT NULL,                      -- revision at the last change of its own fields
    horizon     BIGINT  NOT NULL,                      -- revision up to which tombstones are forgotten
    create_time BIGINT  NOT NULL,
    update_time BIGINT  NOT NULL,
    delete_time BIGINT,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX projects_by_name ON projects (account_id, name_key) WHERE delete_time IS NULL;

CREATE TABLE todos (
    account_id    UUID    NOT NULL,
    id            UUID    NOT NULL,
    number        BIGINT  NOT NULL,
    project_id    UUID    NOT NULL,
    title         TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    priority      BIGINT  NOT NULL,                    -- 1 to 4; 5 is none, so that none sorts last
    due           TEXT,                                -- 2026-07-15, 2026-07-15T18:00:00 or 2026-07-15T18:00:00[Zone]
    due_at        BIGINT,                              -- zoned: the instant; else the wall clock read as UTC, a date at its end
    due_zoned     BOOLEAN NOT NULL,
    due_sort      BIGINT  NOT NULL,                    -- due_at in the account's zone; the largest number for none
    tags          TEXT    NOT NULL,                    -- each between line feeds
    parent_id     UUID,
    search_key    TEXT    NOT NULL,                    -- title and description, in lower case
    tags_key      TEXT    NOT NULL,                    -- tags, in lower case
    revision      BIGINT  NOT NULL,                    -- of the project, at the last change
    create_time   BIGINT  NOT NULL,
    update_time   BIGINT  NOT NULL,
    complete_time BIGINT,
    delete_time   BIGINT,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX todos_by_number ON todos (account_id, number);
CREATE INDEX todos_open ON todos (account_id, due_sort, priority, number)
    WHERE complete_time IS NULL AND delete_time IS NULL;
CREATE INDEX todos_changed ON todos (account_id, project_id, revision);
CREATE INDEX todos_trash ON todos (delete_time) WHERE delete_time IS NOT NULL;

-- What is left of a todo that the trash has forgotten, so that watchers learn of it.
CREATE TABLE tombstones (
    account_id UUID   NOT NULL,
    id         UUID   NOT NULL,
    number     BIGINT NOT NULL,
    project_id UUID   NOT NULL,
    revision   BIGINT NOT NULL,
    purge_time BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id) ON DELETE CASCADE
);
CREATE INDEX tombstones_changed ON tombstones (account_id, project_id, revision);
CREATE INDEX tombstones_aging ON tombstones (purge_time);

-- One row per change anybody asked for: retries, undo and the activity log come from here.
CREATE TABLE operations (
    account_id   UUID    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id           UUID    NOT NULL,                     -- the request_id
    kind         BIGINT  NOT NULL,                     -- todo.v1.OperationKind
    request_hash BYTEA   NOT NULL,                     -- SHA-256 of method and request
    changed      BOOLEAN NOT NULL,                     -- false: everything was as asked already
    before_image BYTEA   NOT NULL,                     -- what it changed, as it was
    after_image  BYTEA   NOT NULL,                     -- what was answered
    undone_by    UUID,
    undoes       UUID,
    create_time  BIGINT  NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX operations_by_time ON operations (account_id, create_time);
