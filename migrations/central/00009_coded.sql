-- +goose Up

-- Of a restore to an older state: the encoded ids of those who could make a device known since.
ALTER TABLE restoration ADD COLUMN coded BLOB NOT NULL DEFAULT x'';

-- +goose Down
ALTER TABLE restoration DROP COLUMN coded;
