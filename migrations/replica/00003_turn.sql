-- +goose Up

-- Where a document stands in its list, for whom this replica is (package turn). Derived: the
-- next opening fills it with the rest.
ALTER TABLE listing ADD COLUMN rank INTEGER NOT NULL DEFAULT 2;
ALTER TABLE listing ADD COLUMN due INTEGER NOT NULL DEFAULT 9223372036854775807;
DROP INDEX listing_by_deadline;
CREATE INDEX listing_by_turn ON listing (kind, open, rank, due, id);
UPDATE search SET version = 0;

-- +goose Down
DROP INDEX listing_by_turn;
CREATE INDEX listing_by_deadline ON listing (kind, open, deadline, id);
ALTER TABLE listing DROP COLUMN due;
ALTER TABLE listing DROP COLUMN rank;
