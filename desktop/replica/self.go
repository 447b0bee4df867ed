package replica

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"fmt"
	"slices"

	"redress/syncproto"
)

// self is who this replica is and how far it has come: the one row of the table self. A
// value that was published is never changed.
type self struct {
	server       string
	logID        syncproto.ID
	serverKey    ed25519.PublicKey
	login        string
	person       syncproto.ID
	device       syncproto.ID
	code         string
	epoch        uint32
	cursor       uint64
	known        uint64 // the log position that the reference data is of
	current      bool
	incarnation  syncproto.ID
	link         syncproto.Link
	created      uint64
	nextNumber   uint64
	anchor       syncproto.Anchor
	heard        syncproto.Instant // the server's time in a session that read, for its person was let in: offline use counts from it
	offlineSince syncproto.Instant
	password     string

	// doubtful: the file may be older than what this device did. Not a column: it is found
	// at every start and ends with the server's answer to Hello.
	doubtful bool
	erased   syncproto.Instant                    // since when this replica is, because the device was revoked; 0 where it is not
	sweeping bool                                 // after a restore of the server everything is being read again
	held     []syncproto.Bucket                   // the table bucket, in order
	filling  []syncproto.Bucket                   // the same: those that are not complete
	sums     map[syncproto.Bucket]*syncproto.Sums // of both; a value that was published is never changed
	differs  syncproto.Instant                    // since when this desk differs from the server and does not heal any more; 0 where it does not
	compared syncproto.Instant                    // the time of the last checkpoint; not a column
	wanted   map[syncproto.Bucket]uint32          // how much is in the buckets as of the last checkpoint; not a column
	taken    uint64                               // how many deltas were taken in since the start; not a column
	head     uint64                               // how far the log was when the line came up; not a column
	reads    bool                                 // so does the session that is open, or was last; not a column
}

// heardLast is the server's time when it was heard last, in whatever session.
func (s self) heardLast() syncproto.Instant { return max(s.heard, s.anchor.Server) }

// position is how far the device has come, as it is remembered outside the database. A doubtful file has come
// as far as the number of its tickets, and no further, whatever is done with it: what it lacks is lacking after
// the next start too.
func (s self) position() position {
	if s.doubtful {
		return position{NextNumber: s.nextNumber}
	}
	return position{Incarnation: s.incarnation, Counter: s.link.Counter, NextNumber: s.nextNumber}
}

func insertSelf(ctx context.Context, db *sql.DB, e Enrolment) error {
	_, err := db.ExecContext(ctx, `INSERT INTO self (one, server, log_id, server_key, login, person, device, device_code,
		epoch, cursor, known, current, incarnation, counter, link, created, next_number, anchor, heard, offline_since, password)
		VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, 0, ?, 0, 1, x'', ?, 0, '')`,
		e.Server, e.LogID[:], []byte(e.ServerKey), e.Login, e.Person[:], e.Device[:], e.DeviceCode,
		e.Epoch, e.Incarnation[:], make([]byte, len(syncproto.Hash{})), e.Time)
	return err
}

func loadSelf(ctx context.Context, db *sql.DB) (self, error) {
	var s self
	var key, anchor []byte
	err := db.QueryRowContext(ctx, `SELECT server, log_id, server_key, login, person, device, device_code,
		epoch, cursor, known, current, incarnation, counter, link, created, next_number, anchor, heard, offline_since, password, differs, sweeping, erased FROM self`).
		Scan(&s.server, fixed(&s.logID), &key, &s.login, fixed(&s.person), fixed(&s.device), &s.code,
			&s.epoch, &s.cursor, &s.known, &s.current, fixed(&s.incarnation), &s.link.Counter, hashed(&s.link.Hash), &s.created,
			&s.nextNumber, &anchor, &s.heard, &s.offlineSince, &s.password, &s.differs, &s.sweeping, &s.erased)
	if err != nil {
		return self{}, err
	}
	s.serverKey = key
	if len(anchor) > 0 {
		if syncproto.Decode(anchor, &s.anchor) != nil { // damaged: as none, until the server's time is heard
			s.anchor = syncproto.Anchor{}
		}
	}
	if s.held, err = loadBuckets(ctx, db, false); err != nil {
		return self{}, err
	}
	if s.filling, err = loadBuckets(ctx, db, true); err != nil {
		return self{}, err
	}
	s.sums, err = loadSums(ctx, db)
	return s, err
}

func loadBuckets(ctx context.Context, db *sql.DB, filling bool) ([]syncproto.Bucket, error) {
	rows, err := db.QueryContext(ctx, `SELECT id FROM bucket WHERE filling = ? ORDER BY id`, filling)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var held []syncproto.Bucket
	for rows.Next() {
		var id syncproto.ID
		if err := rows.Scan(fixed(&id)); err != nil {
			return nil, err
		}
		held = append(held, syncproto.Bucket(id))
	}
	return held, rows.Err()
}

// storeSelf writes what can change.
func (c *change) storeSelf() error {
	anchor := []byte{}
	if !c.self.anchor.IsZero() {
		anchor = syncproto.MustEncode(c.self.anchor)
	}
	s := c.self
	return c.exec("writing how far this replica has come", `UPDATE self SET epoch = ?, cursor = ?, known = ?, current = ?,
		incarnation = ?, counter = ?, link = ?, created = ?, next_number = ?, anchor = ?, heard = ?, offline_since = ?, password = ?, differs = ?, sweeping = ?, erased = ?`,
		s.epoch, s.cursor, s.known, s.current, s.incarnation[:], s.link.Counter, s.link.Hash[:], s.created, s.nextNumber,
		anchor, s.heard, s.offlineSince, s.password, s.differs, s.sweeping, s.erased)
}

// column reads a BLOB of exactly the length of what it is read into.
type column struct{ into []byte }

// Scan is database/sql's way in.
func (c column) Scan(value any) error {
	data, ok := value.([]byte)
	if !ok || len(data) != len(c.into) {
		return fmt.Errorf("a column of %d bytes holds %T of %d", len(c.into), value, len(data))
	}
	copy(c.into, data)
	return nil
}

func fixed(id *syncproto.ID) column { return column{id[:]} }

func hashed(h *syncproto.Hash) column { return column{h[:]} }

func sortedRefs(set map[syncproto.Ref]touch) []syncproto.Ref {
	refs := make([]syncproto.Ref, 0, len(set))
	for ref := range set {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, syncproto.Ref.Compare)
	return refs
}
