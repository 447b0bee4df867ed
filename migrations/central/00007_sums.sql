-- +goose Up

-- What each bucket holds, counted in 256 parts (syncproto.Sums): what desks compare theirs
-- with. One row is one page, so that a bucket whose documents change costs one page more.
CREATE TABLE bucket_sums (
    n      INTEGER PRIMARY KEY,
    bucket BLOB    NOT NULL UNIQUE,
    sums   BLOB    NOT NULL
);

-- By what they were counted; 0 where they were not yet: the next start counts.
CREATE TABLE counted (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
);
INSERT INTO counted (one, version) VALUES (1, 0);

-- +goose Down
DROP TABLE counted;
DROP TABLE bucket_sums;
