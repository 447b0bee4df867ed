// Package scheduler says which documents want a tick, and when to look again. What a tick
// does is the rules' business; which instant a document wants is a column that they fill.
//
// It promises, in order of importance:
//
//  1. A tick never comes before its time. When it comes late (the server was down, the
//     clock is in doubt, evidence may be on its way) the rung fires then, once, and the
//     entry says both when it was due and when it fired.
//  2. Holding back only delays, and by no more than the policy says: while a desk of the
//     responsible unit has announced commands that are not here yet, and all ticks for a
//     while after a start, so that desks that reconnect can hand in first (design §6).
//  3. A clock in doubt stops everything: after a jump against the monotonic clock of more
//     than ten seconds, or a start before the last entry by more than five minutes,
//     nothing fires until an operator confirms the time, whatever starts the server in between.
//  4. It costs by what fires: an idle look is one indexed read.
package scheduler
