-- +goose Up

-- When the device was revoked and this file erased, by the server's time; 0 where it was not.
ALTER TABLE self ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE self DROP COLUMN erased;
