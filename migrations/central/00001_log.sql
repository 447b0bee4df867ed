-- +goose Up

-- Which log this is, the key that signs for it, and who may act through the command line.
CREATE TABLE identity (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    log_id          BLOB    NOT NULL,
    epoch           INTEGER NOT NULL,
    server_key      BLOB    NOT NULL, -- seed of the Ed25519 key
    operator_device BLOB    NOT NULL,
    operator_key    BLOB    NOT NULL  -- Ed25519 public key
);

-- The log itself. All tables below but the credentials follow from it.
CREATE TABLE entry (
    seq     INTEGER PRIMARY KEY,
    epoch   INTEGER NOT NULL,
    header  BLOB    NOT NULL,
    payload BLOB    NOT NULL,
    chain   BLOB    NOT NULL
);

-- Documents as they are now. body is the bytes that rest and travel.
CREATE TABLE document (
    kind     INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    version  INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    next_due INTEGER NOT NULL, -- µs; 0 for none
    body     BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX document_due ON document (next_due) WHERE next_due <> 0;

-- What happened to each document, as its readers get it (an encoded HistoryEntry).
CREATE TABLE history (
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    version INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    entry   BLOB    NOT NULL,
    PRIMARY KEY (kind, id, version)
) WITHOUT ROWID;

-- Who may see which document: present since that position, or gone; seq is that of its
-- last change as far as the bucket is concerned.
CREATE TABLE membership (
    bucket  BLOB    NOT NULL,
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    seq     INTEGER NOT NULL,
    present INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (bucket, kind, id)
) WITHOUT ROWID;
CREATE INDEX membership_seq ON membership (bucket, seq);

-- Every command ever decided, with the verdict that holds now. Never pruned.
CREATE TABLE command (
    id      BLOB    PRIMARY KEY,
    hash    BLOB    NOT NULL,
    device  BLOB    NOT NULL,
    outcome INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    verdict BLOB    NOT NULL -- an encoded Verdict, signed
) WITHOUT ROWID;
CREATE INDEX command_device ON command (device, seq);

-- The last link of each incarnation's line of commands.
CREATE TABLE line (
    device      BLOB    NOT NULL,
    incarnation BLOB    NOT NULL,
    counter     INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    PRIMARY KEY (device, incarnation)
) WITHOUT ROWID;

-- Commands that wait. seq is the entry that parked them.
CREATE TABLE parked (
    command      BLOB    PRIMARY KEY,
    seq          INTEGER NOT NULL,
    device       BLOB    NOT NULL,
    subject_kind INTEGER NOT NULL,
    subject_id   BLOB    NOT NULL,
    code         TEXT    NOT NULL, -- why
    doc_kind     INTEGER NOT NULL, -- the document it waits for, where it waits for one
    doc_id       BLOB    NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE parked;
DROP TABLE line;
DROP TABLE command;
DROP TABLE membership;
DROP TABLE history;
DROP TABLE document;
DROP TABLE entry;
DROP TABLE identity;
