-- +goose Up
CREATE TABLE assets (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('ingesting', 'ready', 'failed', 'deleted')),
    generation INTEGER NOT NULL DEFAULT 0,
    purged     INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1)),
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX assets_by_age ON assets (created_ms, id);
CREATE INDEX assets_unpurged ON assets (id) WHERE state = 'deleted' AND purged = 0;

CREATE TABLE generations (
    asset        TEXT    NOT NULL REFERENCES assets (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    index_key    TEXT    NOT NULL,
    index_bytes  INTEGER NOT NULL,
    duration_ms  INTEGER NOT NULL,
    tracks       TEXT    NOT NULL, -- JSON list of catalog.Track
    published_ms INTEGER NOT NULL,
    PRIMARY KEY (asset, number)
) STRICT;

CREATE TABLE jobs (
    id         TEXT    NOT NULL PRIMARY KEY,
    asset      TEXT    NOT NULL REFERENCES assets (id),
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('running', 'done', 'failed')),
    stage      TEXT    NOT NULL DEFAULT '',
    permille   INTEGER NOT NULL DEFAULT 0 CHECK (permille BETWEEN 0 AND 1000),
    reason     TEXT    NOT NULL DEFAULT '',
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_by_asset ON jobs (asset);
CREATE INDEX jobs_by_age ON jobs (created_ms, id);
-- At most one running job an asset: whoever holds it may sweep the asset's objects.
CREATE UNIQUE INDEX jobs_running ON jobs (asset) WHERE state = 'running';

-- The outbox: changes that origins have not been told of. The counter is a row of its own, because a sequence of the
-- database leaves gaps where a transaction rolls back.
CREATE TABLE changes (
    seq        INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    asset      TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL
) STRICT;
CREATE TABLE feed (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last_seq INTEGER NOT NULL
) STRICT;
INSERT INTO feed (id, last_seq) VALUES (1, 0);
