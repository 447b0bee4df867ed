// Package diskcrypt says whether the disk under a folder is encrypted by the system.
//
// It promises that "on" and "off" are what the system itself says of that very disk, and
// "unknown" everything else: it never guesses that customers' data is safe. What was asked and
// answered is read by pure functions; the adapters only ask. Nothing here needs rights that a
// person at a desk does not have.
package diskcrypt
