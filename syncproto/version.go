package syncproto

// Version is what this program speaks, and Oldest the oldest it still has a session with.
// Each closed issue of the project is a release and a line here.
//
//	1  2026-11-22  the first: hello with proof, commands, verdicts, deltas, grants
const (
	Version uint16 = 1
	Oldest  uint16 = 1
)
