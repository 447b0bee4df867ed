-- +goose Up

-- Documents that are not there because the command that would have made them was rejected,
-- by the entry seq: nothing may wait for them. A row goes where another command made the
-- document after all.
CREATE TABLE refused (
    kind INTEGER NOT NULL,
    id   BLOB    NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- The rejected commands, few among many: by these a log written before is read once.
CREATE INDEX command_rejected ON command (seq) WHERE outcome = 2;

-- +goose Down
DROP INDEX command_rejected;
DROP TABLE refused;
