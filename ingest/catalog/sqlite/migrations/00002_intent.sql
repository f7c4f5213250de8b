-- +goose Up
-- Who may watch an asset, and when. Times of 0 are none; the empty policy is that of the project.
ALTER TABLE assets ADD COLUMN visibility TEXT NOT NULL DEFAULT 'published'
    CHECK (visibility IN ('draft', 'published', 'blocked'));
ALTER TABLE assets ADD COLUMN publish_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE assets ADD COLUMN expire_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE assets ADD COLUMN policy TEXT NOT NULL DEFAULT '';

-- What all origins share, such as rules and keys. A revision counts the puts of one document.
CREATE TABLE documents (
    name       TEXT    NOT NULL PRIMARY KEY,
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    body       BLOB    NOT NULL,
    updated_ms INTEGER NOT NULL
) STRICT;

-- A change is of an asset or of a document.
ALTER TABLE changes ADD COLUMN document TEXT NOT NULL DEFAULT '' CHECK ((asset = '') <> (document = ''));
