package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// GrantLeft is a grant of this device with what is left of it here.
type GrantLeft struct {
	Grant syncproto.Grant
	Left  syncproto.Fen
	// Usable: the verdict on taking it arrived, and it is of the incarnation that still
	// makes commands. A grant moves with no rekey.
	Usable bool
}

const selectGrants = `SELECT g.signed, g.usable, coalesce((SELECT sum(amount) FROM charge WHERE grant_id = g.id), 0) FROM grants g`

func scanGrant(row scanner, s self) (GrantLeft, error) {
	var signed []byte
	var usable bool
	var charged syncproto.Fen
	if err := row.Scan(&signed, &usable, &charged); err != nil {
		return GrantLeft{}, err
	}
	var offer syncproto.SignedGrant
	if err := syncproto.Decode(signed, &offer); err != nil {
		return GrantLeft{}, err
	}
	grant, err := offer.Open(s.serverKey)
	return GrantLeft{Grant: grant, Left: grant.Amount - charged, Usable: usable && grant.Incarnation == s.incarnation}, err
}

// GrantsLeft are all grants this device was offered, in the order of their ids.
func (r *Replica) GrantsLeft(ctx context.Context) ([]GrantLeft, error) {
	rows, err := r.reader.QueryContext(ctx, selectGrants+` ORDER BY g.id`)
	if err != nil {
		return nil, fault(r.path, "reading what is left of the grants", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var all []GrantLeft
	for rows.Next() {
		left, err := scanGrant(rows, *r.self.Load())
		if err != nil {
			return nil, fault(r.path, "reading what is left of the grants", err)
		}
		all = append(all, left)
	}
	if err := rows.Err(); err != nil {
		return nil, fault(r.path, "reading what is left of the grants", err)
	}
	return all, nil
}

// chargeGrants subtracts an approval from the grants it names. Whatever a clock or the
// server says later, what is subtracted stays so.
func (c *change) chargeGrants(intent syncproto.Intent) error {
	for _, share := range intent.Shares {
		row := c.row(selectGrants+` WHERE g.id = ?`, share.Grant[:])
		grant, err := scanGrant(row, c.self)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("reading what is left of a grant: %w", err)
		}
		if err != nil || !grant.Usable || share.Amount < 0 || grant.Left < share.Amount {
			return &Refusal{Findings: []syncproto.Finding{{Code: CodeGrantSpent, Amount: share.Amount - grant.Left, Doc: grant.Grant.Account}}}
		}
		if err := c.exec("charging a grant", `INSERT INTO charge (grant_id, command, amount) VALUES (?, ?, ?)
			ON CONFLICT (grant_id, command) DO UPDATE SET amount = amount + excluded.amount`,
			share.Grant[:], intent.ID[:], share.Amount); err != nil {
			return err
		}
	}
	return nil
}

// StoreGrants keeps what the server offers, and takes it: for each grant a command goes
// into the outbox, and once that is accepted the grant can be spent. A grant that is
// known already changes nothing. newID makes the ids of the commands.
//
// Signature and addressee are checked: a grant that is not this incarnation's is a
// Problem, and none of the offer is kept.
func (r *Replica) StoreGrants(ctx context.Context, offer []syncproto.SignedGrant, at syncproto.Reading, newID func() syncproto.ID) error {
	return r.commit(ctx, "taking grants", func(c *change) error {
		for _, signed := range offer {
			if err := c.takeGrant(signed, Moment{ID: newID(), Reading: at}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *change) takeGrant(signed syncproto.SignedGrant, m Moment) error {
	grant, err := signed.Open(c.self.serverKey)
	if err != nil {
		return err
	}
	if grant.Device != c.self.device || grant.Incarnation != c.self.incarnation {
		return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "taking a grant", Detail: "it is another device's"}
	}
	var known int
	if err := c.row(`SELECT count(*) FROM grants WHERE id = ?`, grant.ID[:]).Scan(&known); err != nil || known > 0 {
		return err
	}
	intent, err := rules.TakeGrant(grant)
	if err != nil {
		return fmt.Errorf("taking a grant: %w", err)
	}
	var refusal *Refusal
	if _, err := c.queue(intent, "", m); errors.As(err, &refusal) {
		return nil // what it needs has not arrived; the server offers it again
	} else if err != nil {
		return err
	}
	return c.exec("keeping a grant", `INSERT INTO grants (id, incarnation, signed, taken_by, usable) VALUES (?, ?, ?, ?, 0)`,
		grant.ID[:], grant.Incarnation[:], syncproto.MustEncode(signed), m.ID[:])
}
