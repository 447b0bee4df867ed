-- +goose Up

-- How many documents of a kind still want something from someone. Derived, in the very
-- statement that changes listing, so that no reader counts them: a desk may hold 100,000.
-- Whoever writes listing must not use INSERT OR REPLACE, which tells no trigger what goes.
CREATE TABLE open_count (
    kind INTEGER PRIMARY KEY,
    open INTEGER NOT NULL
);
INSERT INTO open_count (kind, open) SELECT kind, count(*) FROM listing WHERE open = 1 GROUP BY kind;

-- +goose StatementBegin
CREATE TRIGGER open_comes AFTER INSERT ON listing WHEN new.open = 1 BEGIN
    INSERT INTO open_count (kind, open) VALUES (new.kind, 1) ON CONFLICT (kind) DO UPDATE SET open = open + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER open_changes AFTER UPDATE OF open ON listing WHEN new.open <> old.open BEGIN
    INSERT INTO open_count (kind, open) VALUES (new.kind, new.open - old.open) ON CONFLICT (kind) DO UPDATE SET open = open + excluded.open;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER open_goes AFTER DELETE ON listing WHEN old.open = 1 BEGIN
    UPDATE open_count SET open = open - 1 WHERE kind = old.kind;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER open_goes;
DROP TRIGGER open_changes;
DROP TRIGGER open_comes;
DROP TABLE open_count;
