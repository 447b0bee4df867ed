// Package attendance knows when each desk was heard last and what it said then: who is
// connected, how many commands it announced that have not arrived, and which program it
// runs. Headquarters watches over the offices by it (requirements §1).
//
// It promises, in order of importance:
//
//  1. Nothing is decided by it. It is no part of the log: losing it loses nothing that
//     anybody did, and no command waits for it.
//  2. A desk that talks costs it no writing. What changed is written together, at most once
//     in WriteEvery, and of a desk that only stays connected at most once in RefreshEvery.
//     So after a crash a desk may have been heard that much later than is known.
//  3. It says only what is known. Last heard is when the last message came, not when the
//     line was given up; and what a desk does after that nobody here can know.
package attendance
