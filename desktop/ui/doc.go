// Package ui is the windows: one window for one person, with three zones: where I am, what
// waits, the one thing.
//
// It promises, in order of importance:
//
//  1. The window never waits. A page asks for its data and gets it later on the interface's
//     thread, by the Threads it was given; the package starts no goroutine.
//  2. The keyboard does everything, in the order in which a conversation with a customer
//     goes (KEYS.md). What does a key and what lists it are one thing (keys.go). A form is sent by Ctrl+Enter or its button, never by Enter alone, and
//     the focus is where the person put it.
//  3. Nothing jumps and nothing is lost. While somebody reads a list its rows keep their
//     places, and what is new announces itself above; a form that was begun keeps its text
//     until it is sent, also when the program dies (drafts), and nothing is filled in over it.
//  4. However long a list is and however far down somebody has read, a look costs the same:
//     long ones are read in one way, in windows and then row by row (longList).
//  5. Text goes in through ime.Field only, and comes out of present in words only: the
//     package decides nothing about tickets, money or time.
//
// Pages (login, work, ticket, new ticket, claims, months, devices, sync, search, drafts) and
// sheets over them (palette, shortcuts) connect; widgets (prose, rows, press, choice) draw and
// call back.
package ui
