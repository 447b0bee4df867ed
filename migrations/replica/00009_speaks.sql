-- +goose Up

-- 0: the step has no text that the search looks for, and need not be read for it. Of what was
-- there before nobody knows, so it is read.
ALTER TABLE history ADD COLUMN speaks INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE history DROP COLUMN speaks;
