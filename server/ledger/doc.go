// Package ledger is the sequencer: the one place where state changes.
//
// It promises, in order of importance:
//
//  1. A command has at most one set of effects and one verdict, however often it comes.
//  2. A verdict is given out only after the commit of its entry returned. What is on the
//     disk is uncertain after a failed commit, so the ledger then stops for good.
//  3. Commands of one device are decided in the order of their line; what does not fit
//     its hash chain ends the session and leaves no trace.
//  4. created = accepted + rejected + parked: whatever is wrong with a command, it has an
//     entry that says so. A rule that panics parks its command and harms no other.
//  5. What is parked is decided as soon as what it waits for is there, or was rejected and
//     so never will be, with the time and interval it had, and what waits behind it
//     follows in its order.
//
// Commit is the whole of it: synchronous, with the time as an argument. Run feeds it what
// waits, without a timer: alone, a command costs one commit; under load, many share one.
//
// A batch goes needs → load → decide → append → publish. It is decided upon one View of the
// store, the batch that is being written meanwhile, and a working set in memory; it is
// written in one transaction, and only then becomes what anybody else sees. Where the batch
// under it was lost, it is decided anew. Publication is not done here: whoever wants to know
// is told that the log advanced, and reads it by cursor.
package ledger
