package store

import (
	"database/sql"

	"redress/syncproto"
)

// The tables as a whole, row by row in the order of their keys, for whoever checks them.

const (
	everyDocument   = "read every document"
	everyOfKind     = "read every document of a kind"
	everyHistory    = "read every history"
	everyMembership = "read every membership"
	everyCommand    = "read every command"
)

// EveryDocument hands out all documents.
func (v *View) EveryDocument(take func(Document) error) error {
	return v.each(everyDocument, func(rows *sql.Rows) error {
		d, err := scanDocument(rows)
		if err != nil {
			return err
		}
		return take(d)
	})
}

// EveryOfKind hands out all documents of a kind.
func (v *View) EveryOfKind(kind syncproto.DocKind, take func(Document) error) error {
	return v.each(everyOfKind, func(rows *sql.Rows) error {
		d, err := scanDocument(rows)
		if err != nil {
			return err
		}
		return take(d)
	}, kind)
}

// EveryHistory hands out all histories.
func (v *View) EveryHistory(take func(History) error) error {
	return v.each(everyHistory, func(rows *sql.Rows) error {
		var h History
		var id []byte
		var version, seq int64
		if err := rows.Scan(&h.Ref.Kind, &id, &version, &seq, &h.Entry); err != nil {
			return err
		}
		copy(h.Ref.ID[:], id)
		h.Version, h.Seq = position(version), position(seq)
		return take(h)
	})
}

// EveryMembership hands out all memberships, also those of the past.
func (v *View) EveryMembership(take func(Membership) error) error {
	return v.each(everyMembership, func(rows *sql.Rows) error {
		var m Membership
		var bucket, id []byte
		var seq, since int64
		if err := rows.Scan(&bucket, &m.Ref.Kind, &id, &seq, &m.Present, &since); err != nil {
			return err
		}
		copy(m.Bucket[:], bucket)
		copy(m.Ref.ID[:], id)
		m.Seq, m.Since = position(seq), position(since)
		return take(m)
	})
}

// EveryCommand hands out all commands ever decided.
func (v *View) EveryCommand(take func(Command) error) error {
	return v.each(everyCommand, func(rows *sql.Rows) error {
		c, err := scanCommand(rows)
		if err != nil {
			return err
		}
		return take(c)
	})
}

func scanCommand(rows *sql.Rows) (Command, error) {
	var c Command
	var id, hash, device []byte
	var seq int64
	err := rows.Scan(&id, &hash, &device, &c.Outcome, &seq, &c.Verdict)
	copy(c.ID[:], id)
	copy(c.Hash[:], hash)
	copy(c.Device[:], device)
	c.Seq = position(seq)
	return c, err
}

func scanDocument(rows *sql.Rows) (Document, error) {
	var d Document
	var id []byte
	var version, seq int64
	err := rows.Scan(&d.Ref.Kind, &id, &version, &d.Epoch, &seq, &d.NextDue, &d.Body)
	copy(d.Ref.ID[:], id)
	d.Version, d.Seq = position(version), position(seq)
	return d, err
}
