-- +goose Up

-- When each desk was heard last, and what it said then. Rows beside the log, for whoever
-- watches over the offices: nothing is decided by them.
CREATE TABLE presence (
    device    BLOB    PRIMARY KEY,
    seen      INTEGER NOT NULL, -- µs
    waiting   INTEGER NOT NULL, -- commands it announced that had not arrived
    announced INTEGER NOT NULL, -- µs: as of when
    hands_in  INTEGER NOT NULL, -- nobody was logged in there
    program   TEXT    NOT NULL,
    version   INTEGER NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE presence;
