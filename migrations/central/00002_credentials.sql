-- +goose Up

-- Credentials are rows beside the log: they can be changed and forgotten.
CREATE TABLE credential (
    person   BLOB PRIMARY KEY,
    password TEXT NOT NULL -- argon2id with its parameters and salt
) WITHOUT ROWID;

-- One-time codes by which a person's new device is enrolled.
CREATE TABLE enrolment (
    code     BLOB    PRIMARY KEY, -- SHA-256
    person   BLOB    NOT NULL,
    operator TEXT    NOT NULL,    -- who gave it out
    expires  INTEGER NOT NULL,    -- µs
    key      BLOB                 -- of the device that used it
) WITHOUT ROWID;

-- Sessions of persons on devices.
CREATE TABLE token (
    token   BLOB    PRIMARY KEY, -- SHA-256
    person  BLOB    NOT NULL,
    device  BLOB    NOT NULL,
    expires INTEGER NOT NULL     -- µs
) WITHOUT ROWID;
CREATE INDEX token_expires ON token (expires);

-- +goose Down
DROP TABLE token;
DROP TABLE enrolment;
DROP TABLE credential;
