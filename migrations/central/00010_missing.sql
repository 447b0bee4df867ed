-- +goose Up

-- Of a restore: the encoded ids of the devices that had not said what they were told when the
-- collecting ended, and have not since.
ALTER TABLE restoration ADD COLUMN missing BLOB NOT NULL DEFAULT x'';

-- +goose Down
ALTER TABLE restoration DROP COLUMN missing;
