// Package keyring is the system's keychain: Credential Manager on Windows, the login keychain on
// macOS, the Secret Service of the desktop on Linux.
//
// It promises that asking costs no more than a moment where there is none, and that a keychain
// that hangs, as behind a question that nobody answers, does not hang the program: it counts as
// one that does not open.
package keyring
