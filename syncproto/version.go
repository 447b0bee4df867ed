package syncproto

// Version is what this program speaks, and Oldest the oldest it still has a session with.
// Each closed issue of the project is a release and a line here.
//
//	1  2026-11-22  the first: hello with proof, commands, verdicts, deltas, grants
//	2  2026-11-26  whole authority, whole ladder: no frame is new; commands, events and
//	               bodies of returns, rounds, ladders, proposals and closing are
const (
	Version uint16 = 2
	Oldest  uint16 = 1
)
