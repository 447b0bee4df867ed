package replica

import (
	"fmt"

	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// lineUpAnew puts the open tickets and claims in the order in which they wait for the person
// now: their units or roles are others than before. Other documents have the same order for
// everybody.
func (c *change) lineUpAnew() error {
	reader := turn.ReaderOf(c.self.person, c.known)
	for _, limbo := range []bool{false, true} {
		refs, err := c.refs(`SELECT l.kind, l.id FROM listing l LEFT JOIN document d ON d.kind = l.kind AND d.id = l.id
			WHERE l.kind IN (?, ?) AND l.open = 1 AND coalesce(d.limbo, 0) = ?`, syncproto.KindTicket, syncproto.KindClaim, limbo)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if err := c.lineUp(reader, ref, limbo); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *change) lineUp(reader turn.Reader, ref syncproto.Ref, limbo bool) error {
	var data []byte
	if err := c.row(selectBody, ref.Kind, ref.ID[:]).Scan(&data); err != nil {
		return fmt.Errorf("loading %v for its place in the list: %w", ref, err)
	}
	body, err := rules.ReadBody(ref.Kind, data)
	if err != nil {
		return nil //nolint:nilerr // its row is damaged or gone: it gets its place when it is fetched again
	}
	at := place(reader, body, limbo)
	return c.exec("giving a document its place in the list", `UPDATE listing SET rank = ?, due = ? WHERE kind = ? AND id = ?`,
		at.Rank, at.Due, ref.Kind, ref.ID[:])
}

// place is where a document stands among those that wait for the person.
func place(reader turn.Reader, body any, limbo bool) turn.Turn {
	if limbo {
		return reader.OfLeft(body)
	}
	return reader.Of(body)
}
