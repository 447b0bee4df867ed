-- +goose Up

-- What is due is found, in its order, in the index alone.
DROP INDEX document_due;
CREATE INDEX document_due ON document (next_due, kind, id) WHERE next_due <> 0;

-- +goose Down
DROP INDEX document_due;
CREATE INDEX document_due ON document (next_due) WHERE next_due <> 0;
