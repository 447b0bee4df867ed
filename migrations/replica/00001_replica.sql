-- +goose Up

-- Who this replica is and how far it has come: one row.
CREATE TABLE self (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    server        TEXT    NOT NULL, -- address as enrolled
    log_id        BLOB    NOT NULL,
    server_key    BLOB    NOT NULL, -- Ed25519, under verdicts and grants
    login         TEXT    NOT NULL,
    person        BLOB    NOT NULL,
    device        BLOB    NOT NULL,
    device_code   TEXT    NOT NULL, -- first half of ticket numbers
    epoch         INTEGER NOT NULL,
    cursor        INTEGER NOT NULL, -- of the log: all up to here is applied
    known         INTEGER NOT NULL, -- the position its reference data is of: not set back with the cursor
    current       INTEGER NOT NULL, -- 1: nothing newer was known at the last delta
    incarnation   BLOB    NOT NULL,
    counter       INTEGER NOT NULL, -- of the last command made in the incarnation
    link          BLOB    NOT NULL, -- its device hash
    created       INTEGER NOT NULL, -- commands ever made here
    next_number   INTEGER NOT NULL, -- second half of the next ticket number
    anchor        BLOB    NOT NULL, -- last tie to the server's time, empty before the first
    heard         INTEGER NOT NULL, -- server time at which it was last heard
    offline_since INTEGER NOT NULL, -- 0 while connected
    password      TEXT    NOT NULL  -- argon2id, for logging in without the server
);

-- Buckets the cursor holds for.
CREATE TABLE bucket (
    id BLOB PRIMARY KEY
) WITHOUT ROWID;

-- Confirmed documents: bytes as the ledger wrote them. In limbo is what left this replica
-- while commands of its own still wait for their verdicts.
CREATE TABLE document (
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    epoch   INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    limbo   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, id)
);

-- Confirmed history: encoded HistoryEntry values.
CREATE TABLE history (
    kind    INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    version INTEGER NOT NULL,
    command BLOB    NOT NULL, -- that made it
    entry   BLOB    NOT NULL,
    PRIMARY KEY (kind, id, version)
) WITHOUT ROWID;

-- Every command ever made here, in the order of making.
CREATE TABLE outbox (
    position      INTEGER PRIMARY KEY,
    id            BLOB    NOT NULL UNIQUE,
    incarnation   BLOB    NOT NULL,
    counter       INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    subject_kind  INTEGER NOT NULL,
    subject_id    BLOB    NOT NULL,
    made_at       INTEGER NOT NULL, -- the desk's estimate of the server's time
    envelope      BLOB    NOT NULL, -- encoded Envelope
    screen        TEXT    NOT NULL, -- what was on the screen at the tap
    sent          INTEGER NOT NULL, -- 1: safe with the server
    outcome       INTEGER NOT NULL, -- 0 none yet, 1 accepted, 2 rejected, 3 parked
    first_verdict BLOB,             -- kept for ever
    verdict       BLOB,             -- the newest
    card          INTEGER NOT NULL, -- 1: the person has not yet put it away
    UNIQUE (incarnation, counter)
);
CREATE INDEX outbox_card ON outbox (position) WHERE card = 1;
CREATE INDEX outbox_outcome ON outbox (outcome);
CREATE INDEX outbox_unsent ON outbox (incarnation, counter) WHERE sent = 0;

-- What the desk decided at the tap: the events of every command, for ever. Overlaid are
-- those that the confirmed body of their document does not contain yet.
CREATE TABLE command_event (
    position INTEGER NOT NULL, -- of the command in the outbox
    n        INTEGER NOT NULL, -- of the event in the command
    kind     INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    event    BLOB    NOT NULL, -- encoded Event
    overlaid INTEGER NOT NULL,
    PRIMARY KEY (position, n)
) WITHOUT ROWID;
CREATE INDEX command_event_document ON command_event (kind, id, overlaid, position, n);
CREATE INDEX command_event_overlaid ON command_event (position) WHERE overlaid = 1;

-- Bodies with those events folded over them. Derived: can be made again at any time.
CREATE TABLE overlay (
    kind     INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    version  INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    commands INTEGER NOT NULL, -- how many are folded
    PRIMARY KEY (kind, id)
);

-- What lists need of every document, of its overlaid body where there is one. Derived.
CREATE TABLE listing (
    kind        INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    open        INTEGER NOT NULL,
    deadline    INTEGER NOT NULL, -- the largest integer where there is none: those come last
    number      TEXT    NOT NULL,
    parent_kind INTEGER NOT NULL,
    parent_id   BLOB    NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX listing_by_deadline ON listing (kind, open, deadline, id);
CREATE INDEX listing_by_number ON listing (number) WHERE number <> '';
CREATE INDEX listing_by_parent ON listing (parent_kind, parent_id, kind, deadline, id) WHERE parent_kind <> 0;

-- Grants offered to this device, and what its own commands charged to them. What is left
-- is the amount less the charges: never stored, never taken from the server.
CREATE TABLE grants (
    id          BLOB    PRIMARY KEY,
    incarnation BLOB    NOT NULL,
    signed      BLOB    NOT NULL, -- encoded SignedGrant
    taken_by    BLOB    NOT NULL, -- the command that takes it
    usable      INTEGER NOT NULL  -- 1: that command was accepted
) WITHOUT ROWID;
CREATE TABLE charge (
    grant_id BLOB    NOT NULL,
    command  BLOB    NOT NULL,
    amount   INTEGER NOT NULL,
    PRIMARY KEY (grant_id, command)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE charge;
DROP TABLE grants;
DROP TABLE listing;
DROP TABLE overlay;
DROP TABLE command_event;
DROP TABLE outbox;
DROP TABLE history;
DROP TABLE document;
DROP TABLE bucket;
DROP TABLE self;
