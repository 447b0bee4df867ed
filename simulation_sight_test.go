package redress_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"

	"redress/syncproto"
)

// sight reads a desk's database beside the program, as it lies on the disk: what the oracle
// compares is what is kept, and it is read without the desk's own help. Its statements are
// prepared once, because the oracle asks after every step.
type sight struct {
	ctx context.Context
	db  *sql.DB

	outbox, listing, listed, visible, standing, ticks, documents, histories, unconfirmed, held *sql.Stmt
}

// newSight opens the database of a replica.
func newSight(ctx context.Context, path string) (*sight, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file://"+(&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()+"?mode=ro&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sight{ctx: ctx, db: db}
	for _, one := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.outbox, `SELECT s.created, (SELECT count(*) FROM outbox), o.position, o.id, o.outcome, o.verdict, o.envelope
			FROM self s LEFT JOIN outbox o ON o.position > ? ORDER BY o.position`},
		{&s.listing, `SELECT id FROM listing WHERE kind = ? ORDER BY id`},
		{&s.listed, `SELECT EXISTS (SELECT 1 FROM listing WHERE kind = ? AND id = ?)`},
		{&s.visible, `SELECT EXISTS (SELECT 1 FROM command_event e JOIN outbox o USING (position) WHERE o.id = ?1 AND e.kind = ?2 AND e.id = ?3 AND e.overlaid = 1)
			OR EXISTS (SELECT 1 FROM history h JOIN document d USING (kind, id) WHERE h.kind = ?2 AND h.id = ?3 AND h.command = ?1 AND h.version <= d.version)
			OR EXISTS (SELECT 1 FROM history h JOIN document d USING (kind, id), self s WHERE h.kind = ?2 AND h.id = ?3 AND h.version > d.version AND d.epoch < s.epoch)`},
		{&s.documents, `SELECT kind, id, version, body, limbo FROM document`},
		{&s.ticks, `SELECT anchor FROM self`},
		{&s.standing, `SELECT version, epoch FROM document WHERE kind = ? AND id = ?`},
		{&s.histories, `SELECT h.kind, h.id, h.version, h.entry FROM history h JOIN document d USING (kind, id)
			WHERE h.version <= d.version ORDER BY h.kind, h.id, h.version`},
		{&s.held, `SELECT EXISTS (SELECT 1 FROM command_event e JOIN outbox o USING (position) WHERE e.kind = ? AND e.id = ? AND e.overlaid = 1 AND o.outcome = ?)`},
		{&s.unconfirmed, `SELECT count(*) FROM command_event e JOIN outbox o USING (position) WHERE e.overlaid = 1 AND o.outcome <> ?`},
	} {
		if *one.into, err = db.PrepareContext(ctx, one.text); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return s, nil
}

// each hands every row of a query to take.
func (s *sight) each(query *sql.Stmt, take func(*sql.Rows) error, arguments ...any) error {
	rows, err := query.QueryContext(s.ctx, arguments...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err = take(rows); err != nil {
			break
		}
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

// kept is a row of the outbox.
type kept struct {
	position          int64
	id                syncproto.ID
	outcome           syncproto.Outcome
	verdict, envelope []byte
}

// outboxSeen is the outbox as it is at one moment: how many commands were ever made, how many
// there are, and those of them behind a position.
type outboxSeen struct {
	created, there int
	kept           []kept
}

func (s *sight) made(after int64) (seen outboxSeen, err error) {
	return seen, s.each(s.outbox, func(rows *sql.Rows) error {
		var k kept
		var position, outcome sql.NullInt64
		var id []byte
		err := rows.Scan(&seen.created, &seen.there, &position, &id, &outcome, &k.verdict, &k.envelope)
		if !position.Valid {
			return err // there is none
		}
		k.position, k.outcome = position.Int64, syncproto.Outcome(outcome.Int64)
		copy(k.id[:], id)
		seen.kept = append(seen.kept, k)
		return err
	}, after)
}

// ids are the documents of a kind that are shown, in the order of their ids.
func (s *sight) ids(kind syncproto.DocKind) (all []syncproto.ID) {
	if err := s.each(s.listing, func(rows *sql.Rows) error {
		var id []byte
		err := rows.Scan(&id)
		all = append(all, syncproto.ID(id))
		return err
	}, kind); err != nil {
		panic(err)
	}
	return all
}

// shows says whether a document is shown.
func (s *sight) shows(ref syncproto.Ref) (shown bool) {
	if err := s.listed.QueryRowContext(s.ctx, ref.Kind, ref.ID[:]).Scan(&shown); err != nil {
		panic(err)
	}
	return shown
}

// has says whether what a command did to a document is in sight, confirmed or not. After a restore a
// long history may come in several deltas, and its body with the last: until then the body of the
// epoch before is shown, with all that was confirmed in it, over the first entries of the new one.
func (s *sight) has(command syncproto.ID, of syncproto.Ref) (seen bool, err error) {
	err = s.visible.QueryRowContext(s.ctx, command[:], of.Kind, of.ID[:]).Scan(&seen)
	return seen, err
}

// stands is of which epoch a document is, and at which version; zero for none.
func (s *sight) stands(ref syncproto.Ref) (version uint64, epoch uint32, err error) {
	err = s.standing.QueryRowContext(s.ctx, ref.Kind, ref.ID[:]).Scan(&version, &epoch)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return version, epoch, err
}

// anchor is the last reading of the server's time.
func (s *sight) anchor() (a syncproto.Anchor, err error) {
	var kept []byte
	if err = s.ticks.QueryRowContext(s.ctx).Scan(&kept); err == nil && len(kept) > 0 {
		err = syncproto.Decode(kept, &a)
	}
	return a, err
}

// forParked says whether something that is parked is shown over a document.
func (s *sight) forParked(ref syncproto.Ref) (held bool, err error) {
	err = s.held.QueryRowContext(s.ctx, ref.Kind, ref.ID[:], syncproto.Parked).Scan(&held)
	return held, err
}

// confirmed is a document as the server sent it.
type confirmed struct {
	ref     syncproto.Ref
	version uint64
	body    []byte
	limbo   bool
}

func (s *sight) everyDocument() (all []confirmed, err error) {
	err = s.each(s.documents, func(rows *sql.Rows) error {
		var c confirmed
		var id []byte
		err := rows.Scan(&c.ref.Kind, &id, &c.version, &c.body, &c.limbo)
		copy(c.ref.ID[:], id)
		all = append(all, c)
		return err
	})
	return all, err
}

// everyHistory is the confirmed history of every document, by its bytes.
func (s *sight) everyHistory() (map[syncproto.Ref][][]byte, error) {
	all := map[syncproto.Ref][][]byte{}
	return all, s.each(s.histories, func(rows *sql.Rows) error {
		var ref syncproto.Ref
		var id, entry []byte
		var version uint64
		err := rows.Scan(&ref.Kind, &id, &version, &entry)
		copy(ref.ID[:], id)
		all[ref] = append(all[ref], entry)
		return err
	})
}

// waits is how many events are shown that are not confirmed, but for those of what is parked.
func (s *sight) waits() (n int, err error) {
	err = s.unconfirmed.QueryRowContext(s.ctx, syncproto.Parked).Scan(&n)
	return n, err
}
