package redress_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// invariant is one of those of design §11: its number, its words, and the functions that look
// whether it holds. Each of them says the number in front of what is wrong, and counts what it
// compared: an invariant of which nothing was compared is not shown to hold.
type invariant struct {
	number int
	words  string
	by     []any  // functions; those of book, money and deadlines after every entry, others at desks
	not    string // why nothing can be compared yet
}

var invariants = []invariant{
	{1, "each command has at most one set of effects and, in an epoch, one final verdict", []any{(*book).once, (*walk).keepsItsWord}, ""},
	{2, "an acknowledged command survives any crash that keeps synced bytes", []any{(*walk).killServer, (*walk).keepsItsWord, (*walk).verified, (*walk).isErased, (*walk).bury}, ""},
	{3, "no desk ever saw confirmed what is not in the log of that epoch", []any{(*walk).mayHear, (*walk).holdsWhatTheLogHas}, ""},
	{4, "(epoch, seq) names one entry for ever; the chain verifies", []any{(*book).follows, (*walk).secondServer, (*walk).verified}, ""},
	{5, "at a checkpoint n a desk holds exactly the projection of log[1..n] through its buckets at n", []any{(*walk).holdsWhatTheLogHas, (*walk).projectionAgrees, (*walk).neverDiffers}, ""},
	{6, "nothing is lost silently", []any{(*walk).watch, (*walk).noticed, (*walk).tally}, ""},
	{7, "what a person did stays visible until a verdict says otherwise", []any{(*walk).isVisible, (*walk).nothingTwice}, ""},
	{8, "commands of one device take effect in order, but for what is parked", []any{(*book).inLine, (*walk).outboxAgrees}, ""},
	{9, "spent + reserved ≤ limit in force in every prefix of the log, but for recorded breaches", []any{(*money).balanced, (*money).nothingEarly, (*walk).leftIsKept}, ""},
	{10, "what was granted = charged + reserved + given back + written off, for every grant", []any{(*money).balanced}, ""},
	{11, "an approval within its grant is accepted however late, and so is every fact", []any{(*book).counts, (*money).enter, (*money).pays}, ""},
	{12, "a claim is paid once a round, every duplicate refunded once", []any{(*money).claimed, (*money).stands, (*money).moneyAgrees}, ""},
	{13, "a copied or set-back disk overspends at most what it had left, and is detected", []any{(*money).balanced, (*walk).forksAreFound}, ""},
	{14, "no rung fires early or twice, each judged against its own due; every rescission names a firing and its evidence", []any{(*deadlines).happened, (*deadlines).clocksAgree}, ""},
	{15, "the true time lies in [lo, hi]", []any{(*book).happenedWithin}, ""},
	{16, "nothing outside a desk's scope reaches it, nothing stays after it lost the right, but for limbo", []any{(*walk).mayHear, (*walk).holdsWhatTheLogHas, (*walk).projectionAgrees, (*walk).readersAgree, (*walk).readsNothing, (*walk).isErased, (*book).waitsForAPerson}, ""},
	{17, "after a restore every acknowledged command has its effect once or is parked before a person", []any{(*walk).comesBack, (*walk).collect, (*walk).decideHeld, (*walk).outlasts}, ""},
	{18, "old and new versions meet without loss", nil, "one process holds one version: two binaries are another ring"},
	{19, "overlay = fold from scratch", []any{(*walk).overlayIsItsFold}, ""},
	{20, "queues, frames, batches stay within their limits (the WAL, and how long one session delays another: make soak and the slow readers of server/gateway)", []any{(*book).written, (*walk).mayHear, (*walk).mayHandIn}, ""},
	{21, "after healing, all queues are empty or parked and all agree within five virtual minutes", []any{(*walk).settle, (*walk).outboxAgrees, (*walk).nothingWaits, (*walk).projectionAgrees, (*walk).allHeld, (*walk).sharesAgree}, ""},
	{22, "same seed, same trace; refolding gives the same hash", []any{(*walk).verified, TestTheSameSeedGivesTheSameLog}, ""},
	{23, "a corrupted row on a desk is found and healed by re-fetching at most 1/256 of a bucket", []any{(*walk).mayHeal, (*walk).healRows, (*walk).projectionAgrees}, ""},
}

// String is a line of the report.
func (i invariant) String() string {
	if i.not != "" {
		return fmt.Sprintf("%2d %s: not yet, %s", i.number, i.words, i.not)
	}
	var names []string
	for _, f := range i.by {
		name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
		names = append(names, name[strings.LastIndexByte(name, '.')+1:])
	}
	return fmt.Sprintf("%2d %s (%s)", i.number, i.words, strings.Join(names, ", "))
}
