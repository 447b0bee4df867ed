-- +goose Up

-- What stands in a form that was not sent: one row for a form and what it is about. It is the
-- desk's own, never sent and never derived: only what the person does deletes it.
CREATE TABLE draft (
    form         INTEGER NOT NULL, -- the kind of command that the form gives
    subject_kind INTEGER NOT NULL, -- 0 where it is about no document yet
    subject_id   BLOB    NOT NULL,
    saved_at     INTEGER NOT NULL, -- the desk's estimate of the server's time
    fields       BLOB    NOT NULL, -- encoded fields
    PRIMARY KEY (form, subject_kind, subject_id)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE draft;
