-- +goose Up

-- The restores this log went through: the epoch that each began. collecting: the server is
-- still being handed what it lacks, and decides nothing new.
CREATE TABLE restoration (
    epoch      INTEGER PRIMARY KEY,
    older      INTEGER NOT NULL, -- to an older state than the newest copy: grants may be forgotten
    months     INTEGER NOT NULL, -- then: the last month of which authority may have been handed out
    collecting INTEGER NOT NULL
);

-- Managers whose accounts are not frozen any more since the last restore to an older state.
CREATE TABLE thawed (
    manager BLOB PRIMARY KEY
) WITHOUT ROWID;

-- Commands of the command line that a restore found forgotten, until they are decided.
CREATE TABLE reoffered (
    counter  INTEGER PRIMARY KEY,
    envelope BLOB    NOT NULL,
    first    BLOB    NOT NULL -- the encoded Verdict it had, empty where it had none
);

-- +goose Down
DROP TABLE reoffered;
DROP TABLE thawed;
DROP TABLE restoration;
