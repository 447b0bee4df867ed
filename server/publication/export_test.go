package publication

import "redress/syncproto/session"

// FromMemory is what Read makes of the newest batches alone; false where it asks the store.
func (p *Publication) FromMemory(desk Desk, ask session.ReadDelta) (Reading, bool, error) {
	return p.recent.read(desk, ask)
}

// MaxRecent is how many bytes of the newest batches may be kept.
const MaxRecent = maxRecent
