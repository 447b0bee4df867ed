// Package audit proves that a log is what it says it is: it walks the chain, refolds every
// document from the entries alone, and compares with what the server keeps.
//
// It promises, in order of importance:
//
//  1. A change of one bit in an entry, a body, a history, a membership or a verdict is
//     found, and said where it is.
//  2. It only reads, and can run beside the server that writes.
//  3. What it checks it makes anew from the entries; nothing of what it checks is believed.
package audit
