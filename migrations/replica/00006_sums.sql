-- +goose Up

-- What each document counts with, and in which buckets (their ids, one after the other; one
-- zero byte where only a newer program can say). A part of a bucket is by the last byte of the id.
ALTER TABLE document ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN buckets BLOB;
CREATE INDEX document_part ON document (substr(id, 16));

-- What this desk holds of each of its buckets, counted in 256 parts (syncproto.Sums). Derived:
-- counted anew by the next opening, which fills the lists too.
CREATE TABLE bucket_sums (
    n      INTEGER PRIMARY KEY,
    bucket BLOB    NOT NULL UNIQUE,
    sums   BLOB    NOT NULL
);
UPDATE search SET version = 0;

-- 1: what lies before its first delta is still being fetched.
ALTER TABLE bucket ADD COLUMN filling INTEGER NOT NULL DEFAULT 0;

-- When parts were fetched again that had been held, in the last hour; and since when this
-- desk differs from the server and does so no more, 0 where it does not.
CREATE TABLE heal (
    at INTEGER PRIMARY KEY -- µs
);
ALTER TABLE self ADD COLUMN differs INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE self DROP COLUMN differs;
DROP TABLE heal;
ALTER TABLE bucket DROP COLUMN filling;
DROP TABLE bucket_sums;
DROP INDEX document_part;
ALTER TABLE document DROP COLUMN buckets;
ALTER TABLE document DROP COLUMN mark;
