// Package session is the conversation of a desk and the server as two pure machines.
//
// It promises that a machine is nothing but Step: it takes an input (a frame that was
// heard, the answer to something it asked for, or just the time) and returns outputs
// (frames to send, things to store, to load, to decide) in the order in which they must
// be done. It knows no socket, no database, no clock and no goroutine, so a whole
// partition can be played in a test at any speed.
//
// The caller's duties, on either side:
//
//  1. Call Step from one goroutine at a time, and carry out the outputs in their order.
//  2. Store durably what a Store… output says before feeding in anything that follows
//     from it: the desk acknowledges only what it committed.
//  3. Answer every asking output (Prove, Load, Identify, Submit, ReadDelta, Rekey) exactly
//     once, in any order between different ones.
//  4. Feed Elapsed at least every few seconds.
//  5. After End: send the frames before it, close the line, drop the machine. Nothing is
//     lost by that at any moment: the next session begins with Hello.
//
// The opening, from the desk's side (design §4, §8):
//
//	Hello → Challenge → Proof → Welcome
//
// At the Challenge the server names the last command it has of the incarnation, and the
// device answers with its hash there: a device whose file is older than what the server
// has, or of which there are two, gets a new incarnation before any command is read.
package session
