// Package logcopy keeps a second log on another disk or a share: every entry, whose log it
// is, and the credentials, in one file that only grows (design §4, backup and restore).
//
// It promises, in order of importance:
//
//  1. What the mark covers is on that disk: the mark moves after the sync returned, also for
//     what an earlier process wrote.
//  2. The copy is the log's or none: every record has a sum, every entry its place in the
//     chain. The end that a crash left unfinished is cut off; what is damaged before the last
//     sync is named and left as it is; another log's copy, one that went another way, and one
//     that is further than the server are refused (ErrOther, ErrForked, ErrAhead).
//  3. It is never in the ledger's way: it reads the log by cursor, many entries and one sync a
//     batch. A copy that fails is said and tried again; meanwhile only what waits for the mark
//     waits, as authority does.
//  4. It makes no directory: where the share is gone, a copy on the disk below it would be none.
//
// The file holds the server's key, so it is readable by its owner alone.
package logcopy
