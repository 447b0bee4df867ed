// Package present turns what a replica holds into what a person reads, and what a person
// typed into a command. It knows no toolkit and no database.
//
// It promises, in order of importance:
//
//  1. Nothing is shown as final that is not. What was done here and is not confirmed says
//     so on its own line; an approval that is binding and not yet sent says both.
//  2. Nothing hides. Every running clock of a ticket is shown, nearest first; a firing
//     stays in the trail beside its rescission; every verdict that was not plain is a
//     card until the person puts it away.
//  3. Money is exact before it is spent: what is left on this device, what this approval
//     leaves or by how much it exceeds, from the same grants that the approval will name.
//  4. No code without words. Every text comes from assets/words; what a newer server says
//     that this program has no word for still reads as a sentence.
//  5. The same input shows the same text: the time is an argument, and each view can be
//     written as plain lines (Lines), which is what scenarios compare.
//
// A view is a value made for one moment. Times are the server's as the desk estimates
// them, shown in Asia/Shanghai with what remains beside them. Colours and signs are named
// by Urgency and drawn elsewhere.
package present
