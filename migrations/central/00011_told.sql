-- +goose Up

-- Of a command that waits: the entry that says what its device was told of it in an epoch that a
-- restore took back; 0 where none does.
ALTER TABLE parked ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
CREATE INDEX parked_told ON parked (device, told) WHERE told > 0;

-- +goose Down
DROP INDEX parked_told;
ALTER TABLE parked DROP COLUMN told;
