-- +goose Up

-- 1: the server was restored and everything is being read again; what it does not send has
-- to go then.
ALTER TABLE self ADD COLUMN sweeping INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE self DROP COLUMN sweeping;
