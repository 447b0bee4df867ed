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
	// Usable: the verdict on taking it arrived, it is of the incarnation that still makes
	// commands, and it is not known to be dead. A grant moves with no rekey.
	Usable bool
	// Coming: it is being taken, and nothing was said of that yet.
	Coming bool
	// Given is what this device has given back of it.
	Given syncproto.Fen
	// Dead: the account says that it was written off or withdrawn, or a restored server does not
	// know it whole.
	Dead bool
}

// selectGrants reads grants with what was charged to each, and how much of that was giving
// it back.
var selectGrants = fmt.Sprintf(`SELECT g.signed, g.usable, coalesce((SELECT o.outcome = 0 AND o.first_verdict IS NULL FROM outbox o WHERE o.id = g.taken_by), 0), coalesce((SELECT sum(amount) FROM charge WHERE grant_id = g.id), 0),
	coalesce((SELECT sum(amount) FROM charge c JOIN outbox o ON o.id = c.command WHERE c.grant_id = g.id AND o.kind = %d), 0) FROM grants g`,
	syncproto.CommandReturnGrant)

func scanGrant(row scanner, s self) (GrantLeft, syncproto.SignedGrant, error) {
	var offer syncproto.SignedGrant
	var signed []byte
	var usable, undecided bool
	var charged, given syncproto.Fen
	if err := row.Scan(&signed, &usable, &undecided, &charged, &given); err != nil {
		return GrantLeft{}, offer, err
	}
	if err := syncproto.Decode(signed, &offer); err != nil {
		return GrantLeft{}, offer, fmt.Errorf("%w: %w", errDamaged, err)
	}
	grant, err := offer.Open(s.serverKey)
	if err != nil {
		return GrantLeft{}, offer, fmt.Errorf("%w: %w", errDamaged, err)
	}
	own := grant.Incarnation == s.incarnation
	return GrantLeft{Grant: grant, Left: grant.Amount - charged, Given: given, Usable: usable && own, Coming: !usable && undecided && own}, offer, nil
}

// GrantsLeft are all grants this device was offered, in the order of their ids. Nothing is known to be left
// of one that a disk has damaged.
func (r *Replica) GrantsLeft(ctx context.Context) ([]GrantLeft, error) {
	rows, err := r.reads.query(ctx, selectGrants+` ORDER BY g.id`)
	if err != nil {
		return nil, fault(r.path, "reading what is left of the grants", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var all []GrantLeft
	for rows.Next() {
		left, _, err := scanGrant(rows, *r.self.Load())
		if errors.Is(err, errDamaged) {
			continue
		}
		if err != nil {
			return nil, fault(r.path, "reading what is left of the grants", err)
		}
		all = append(all, left)
	}
	if err := rows.Err(); err != nil {
		return nil, fault(r.path, "reading what is left of the grants", err)
	}
	return all, r.markDead(ctx, all)
}

// markDead notes which grants the accounts that are held here say are dead.
func (r *Replica) markDead(ctx context.Context, grants []GrantLeft) error {
	accounts := map[syncproto.Ref]any{}
	for n := range grants {
		g := &grants[n]
		body, known := accounts[g.Grant.Account]
		if !known {
			doc, _, err := r.Document(ctx, g.Grant.Account)
			if err != nil {
				return err
			}
			body, accounts[g.Grant.Account] = doc.Body, doc.Body
		}
		g.Dead = rules.Dead(body, g.Grant.ID)
		if g.Usable && !g.Dead {
			if err := r.recall(ctx, g, body); err != nil {
				return err
			}
		}
		g.Usable = g.Usable && !g.Dead
	}
	return nil
}

// recall says what is left of a grant that was taken in an epoch which a restore took back. Whether
// the server has it whole is known once its account was read since: where it does not, it would
// hand the same money out again, so nothing more is spent of it here. What was spent stands.
func (r *Replica) recall(ctx context.Context, g *GrantLeft, account any) error {
	const doing = "reading when a grant was taken"
	var first, newest []byte
	var read uint32
	err := r.reads.row(ctx, `SELECT o.first_verdict, o.verdict,
			coalesce((SELECT epoch FROM document WHERE kind = ?2 AND id = ?3), 0)
		FROM grants g LEFT JOIN outbox o ON o.id = g.taken_by WHERE g.id = ?1`, g.Grant.ID[:], g.Grant.Account.Kind, g.Grant.Account.ID[:]).Scan(&first, &newest, &read)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fault(r.path, doing, err)
	}
	told, again := readVerdict(first), readVerdict(newest)
	whole := rules.Knows(account, g.Grant)
	s := r.self.Load()
	switch {
	case told == nil || again == nil: // a disk damaged or lost what was said of its taking: a restore may have forgotten that
		g.Usable, g.Dead = read >= s.epoch, !whole && read >= s.epoch
	case again.Epoch == told.Epoch: // no restore forgot that it was taken
		g.Dead = !whole && told.Epoch < s.epoch && !s.sweeping
	case read < again.Epoch:
		g.Usable = false
	default:
		g.Dead = !whole
	}
	return nil
}

// chargeGrants subtracts an approval, or what is given back, from the grants it names, and returns
// these as the server signed them. Whatever a clock or the server says later, what is subtracted
// stays so.
func (c *change) chargeGrants(intent syncproto.Intent) (named []syncproto.SignedGrant, err error) {
	for _, share := range intent.Shares {
		row := c.row(selectGrants+` WHERE g.id = ?`, share.Grant[:])
		grant, signed, err := scanGrant(row, c.self)
		if err != nil && !errors.Is(err, sql.ErrNoRows) && !errors.Is(err, errDamaged) {
			return nil, fmt.Errorf("reading what is left of a grant: %w", err)
		}
		if err != nil || !grant.Usable || share.Amount < 0 || grant.Left < share.Amount {
			return nil, &Refusal{Findings: []syncproto.Finding{{Code: CodeGrantSpent, Amount: share.Amount - grant.Left, Doc: grant.Grant.Account}}}
		}
		if err := c.exec("charging a grant", `INSERT INTO charge (grant_id, command, amount) VALUES (?, ?, ?)
			ON CONFLICT (grant_id, command) DO UPDATE SET amount = amount + excluded.amount`,
			share.Grant[:], intent.ID[:], share.Amount); err != nil {
			return nil, err
		}
		named = append(named, signed)
	}
	return named, nil
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
