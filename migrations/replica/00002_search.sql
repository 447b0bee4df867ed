-- +goose Up

-- What can be found here: one row for every ticket and claim that is shown. Derived, as is
-- all below: the program fills it when it first opens the file (version), and again where a
-- newer program reads texts in another way.
CREATE TABLE findable (
    place    INTEGER PRIMARY KEY, -- in words; whatever came later has the larger
    kind     INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    customer BLOB    NOT NULL, -- of a ticket, empty for none; its file is found with the ticket
    vehicle  BLOB    NOT NULL,
    sum      INTEGER NOT NULL, -- of what stands in words: what is the same is not written again
    UNIQUE (kind, id)
);
CREATE INDEX findable_by_customer ON findable (customer) WHERE customer <> x'';
CREATE INDEX findable_by_vehicle ON findable (vehicle) WHERE vehicle <> x'';

-- The texts of those, as terms with a space between them: every Chinese character is one.
-- The terms alone are kept; the texts stand in the documents.
CREATE VIRTUAL TABLE words USING fts5 (
    number, phone, vin, name, subject, details, trail,
    content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '3'
);

-- Whose telephone numbers and which cars are known here.
CREATE TABLE file (
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    name    TEXT    NOT NULL, -- of the customer; the model of a car
    numbers TEXT    NOT NULL, -- telephone numbers, a line each; the VIN of a car
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- What words was filled by: 0 before it was.
CREATE TABLE search (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL
);
INSERT INTO search (one, version) VALUES (1, 0);

-- +goose Down
DROP TABLE search;
DROP TABLE file;
DROP TABLE words;
DROP TABLE findable;
