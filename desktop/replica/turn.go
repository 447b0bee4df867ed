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
	refs, err := c.refs(`SELECT kind, id FROM listing WHERE kind IN (?, ?) AND open = 1`, syncproto.KindTicket, syncproto.KindClaim)
	if err != nil {
		return err
	}
	reader := turn.ReaderOf(c.self.person, c.known)
	for _, ref := range refs {
		var data []byte
		if err := c.row(selectBody, ref.Kind, ref.ID[:]).Scan(&data); err != nil {
			return fmt.Errorf("loading %v for its place in the list: %w", ref, err)
		}
		body, err := rules.ReadBody(ref.Kind, data)
		if err != nil {
			continue // its row is damaged or gone: it gets its place when it is fetched again
		}
		at := reader.Of(body)
		if err := c.exec("giving a document its place in the list", `UPDATE listing SET rank = ?, due = ? WHERE kind = ? AND id = ?`,
			at.Rank, at.Due, ref.Kind, ref.ID[:]); err != nil {
			return err
		}
	}
	return nil
}
