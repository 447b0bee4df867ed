package syncproto

// Version is what this program speaks, and Oldest the oldest it still has a session with.
// Each closed issue of the project is a release, with a line here and a log in
// rules/testdata that later programs still fold (release-1 to -4).
//
//	1  2026-11-22  the first: hello with proof, commands, verdicts, deltas, grants
//	2  2026-11-26  whole authority, whole ladder: no frame is new; commands, events and
//	               bodies of returns, rounds, ladders, proposals and closing are
//	2  2026-11-26  fit for a morning's work: no frame, command or event is new; beside the
//	               session headquarters asks about all desks (POST /desks)
//	3  2026-11-28  proof: what both sides hold is compared (checkpoint, differs, parts,
//	               fetch), and what a desk lacks comes in pages of a delta; a desk is told
//	               which entries a copy of the log covers, and hands in again, with its first
//	               verdict, what a restored server lacks, and says what it was told of what that has
//	               waiting (told); a desk of a server without room may
//	               come back to read only; a device that was revoked hands in, erases what it
//	               holds and says so; one that a restored server has forgotten enrols again as
//	               who it was; an answer that is here before what it answers is kept for it; an
//	               approval shows the grants it charges as they were signed
const (
	Version uint16 = 3
	Oldest  uint16 = 1
)
