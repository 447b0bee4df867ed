-- +goose Up

-- A row where the server's clock has jumped, and no operator has said since that it is right.
CREATE TABLE doubt (
    jumped INTEGER PRIMARY KEY CHECK (jumped = 1)
);

-- +goose Down
DROP TABLE doubt;
