-- Has a row for as long as another database is being copied into this one: until then nobody is served from it.
CREATE TABLE unfinished_copy (
    source      TEXT   NOT NULL PRIMARY KEY,           -- what is being copied
    create_time BIGINT NOT NULL                        -- in microseconds since the Unix epoch
);
