package replica

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"redress/syncproto"
)

// Limits of drafts. Where one is hit the draft is refused and the person reads why; none is
// dropped for another, because somebody typed it.
const (
	MaxDrafts = 200
	MaxDraft  = 64 << 10 // bytes of one, encoded: more than the longest form can hold
)

// DraftKey names a form and what it is about: there is one draft of each. Where the form makes the
// document, the id is the draft's own, as several new tickets may be begun; older programs kept one,
// of the zero Ref. The zero DraftKey is of no form.
type DraftKey struct {
	Form    syncproto.CommandKind // that the form gives; of a decision on a claim, the approval
	Subject syncproto.Ref
}

// IsZero says that it is of no form.
func (k DraftKey) IsZero() bool { return k.Form == 0 }

// Draft is what stands in a form that was not sent (design §10). It is the desk's own: no
// delta, no verdict and nobody else's change touches it. It goes with the command of its form
// (Wish.Draft), by DropDraft, and with the replica.
type Draft struct {
	Key     DraftKey
	SavedAt syncproto.Instant
	Fields  []DraftField
}

// DraftField is one field of a form. The names are the form's; they rest on disks, so a name
// keeps its meaning.
type DraftField struct {
	Name string `cbor:"1,keyasint,omitempty"`
	Text string `cbor:"2,keyasint,omitempty"`
	// Pick: it was picked or ticked, and the text is what it is known by, the same in every
	// language.
	Pick bool `cbor:"3,keyasint,omitempty"`
}

// draftFields is how the fields rest.
type draftFields struct {
	Fields []DraftField `cbor:"1,keyasint,omitempty"`
}

// readable are the fields with what is no character, as another program may put it on the
// clipboard, replaced by the sign for that, as it is shown: the rest of the text is kept.
func readable(fields []DraftField) []DraftField {
	kept := make([]DraftField, 0, len(fields))
	for _, f := range fields {
		f.Name, f.Text = strings.ToValidUTF8(f.Name, "\ufffd"), strings.ToValidUTF8(f.Text, "\ufffd")
		kept = append(kept, f)
	}
	return kept
}

// SaveDraft keeps a draft in place of the one of the same form before it; it is on the disk
// when SaveDraft returns. Nobody is told of it: nothing that is shown of a document changes.
func (r *Replica) SaveDraft(ctx context.Context, d Draft) error {
	const doing = "saving a draft"
	if d.Key.IsZero() {
		return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: doing, Detail: "it is of no form"}
	}
	fields, err := syncproto.Encode(draftFields{Fields: readable(d.Fields)})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if len(fields) > MaxDraft {
		return &syncproto.Problem{Code: CodeDraftTooLarge, Doing: doing, Detail: fmt.Sprintf("%d bytes of at most %d", len(fields), MaxDraft)}
	}
	if err := syncproto.Decode(fields, &draftFields{}); err != nil { // one that cannot be read is shown no more
		return fmt.Errorf("%s: %w", doing, err)
	}
	return r.quietly(ctx, doing, func(c *change) error {
		if c.self.erased != 0 {
			return &syncproto.Problem{Code: syncproto.CodeRevoked, Doing: doing}
		}
		var others int
		if err := c.row(`SELECT count(*) FROM draft WHERE NOT (form = ? AND subject_kind = ? AND subject_id = ?)`, d.Key.columns()...).Scan(&others); err != nil {
			return fmt.Errorf("counting the drafts: %w", err)
		}
		if others >= MaxDrafts {
			return &syncproto.Problem{Code: CodeTooManyDrafts, Doing: doing, Detail: fmt.Sprint(MaxDrafts)}
		}
		return c.exec("writing the draft", `INSERT INTO draft (form, subject_kind, subject_id, saved_at, fields) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (form, subject_kind, subject_id) DO UPDATE SET saved_at = excluded.saved_at, fields = excluded.fields`,
			append(d.Key.columns(), d.SavedAt, fields)...)
	})
}

// DropDraft deletes a draft, because the person says so. Where there is none it does nothing.
func (r *Replica) DropDraft(ctx context.Context, key DraftKey) error {
	return r.quietly(ctx, "deleting a draft", func(c *change) error { return c.dropDraft(key) })
}

func (c *change) dropDraft(key DraftKey) error {
	return c.exec("deleting the draft", `DELETE FROM draft WHERE form = ? AND subject_kind = ? AND subject_id = ?`, key.columns()...)
}

func (k DraftKey) columns() []any { return []any{k.Form, k.Subject.Kind, k.Subject.ID[:]} }

// quietly is commit without telling anybody.
func (r *Replica) quietly(ctx context.Context, doing string, do func(*change) error) error {
	if _, err := r.transact(context.WithoutCancel(ctx), do); err != nil {
		return fault(r.path, doing, err)
	}
	return nil
}

// Drafts are all there are, the newest first: at most MaxDrafts.
func (r *Replica) Drafts(ctx context.Context) ([]Draft, error) {
	const doing = "reading the drafts"
	rows, err := r.reads.query(ctx, `SELECT form, subject_kind, subject_id, saved_at, fields FROM draft
		ORDER BY saved_at DESC, form, subject_kind, subject_id`)
	if err != nil {
		return nil, fault(r.path, doing, err)
	}
	drafts, err := scanDrafts(rows)
	if err != nil {
		return nil, fault(r.path, doing, err)
	}
	return drafts, nil
}

func scanDrafts(rows *sql.Rows) ([]Draft, error) {
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var drafts []Draft
	for rows.Next() {
		var d Draft
		var data []byte
		var fields draftFields
		if err := rows.Scan(&d.Key.Form, &d.Key.Subject.Kind, fixed(&d.Key.Subject.ID), &d.SavedAt, &data); err != nil {
			return nil, err
		}
		if syncproto.Decode(data, &fields) != nil {
			continue // a disk has damaged it: the others are there
		}
		d.Fields = fields.Fields
		drafts = append(drafts, d)
	}
	return drafts, rows.Err()
}
