-- +goose Up

-- A row of history goes to the end, beside the entry it comes from, and only its key to its
-- place: rows as long as these, kept in the order of the key, split a page at every third.
CREATE TABLE history_by_seq (
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    entry   BLOB    NOT NULL,
    PRIMARY KEY (kind, id, version)
);
INSERT INTO history_by_seq (kind, id, version, seq, entry)
    SELECT kind, id, version, seq, entry FROM history ORDER BY seq, kind, id, version;
DROP TABLE history;
ALTER TABLE history_by_seq RENAME TO history;

-- +goose Down
CREATE TABLE history_by_key (
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    entry   BLOB    NOT NULL,
    PRIMARY KEY (kind, id, version)
) WITHOUT ROWID;
INSERT INTO history_by_key (kind, id, version, seq, entry)
    SELECT kind, id, version, seq, entry FROM history ORDER BY kind, id, version;
DROP TABLE history;
ALTER TABLE history_by_key RENAME TO history;
