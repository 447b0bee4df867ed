package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// plain writes a line for the operator's terminal. What people wrote stands in it, and some of
// it may be meant for the terminal rather than for who reads: what cannot be shown in one line
// is written as its number, so that nobody writes a line of the log of their own, hides one,
// or turns it round.
func plain(out io.Writer, line string) {
	var shown strings.Builder
	for _, r := range line {
		switch {
		case unicode.IsPrint(r):
			shown.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&shown, `\U%08x`, r)
		default:
			fmt.Fprintf(&shown, `\u%04x`, r)
		}
	}
	fmt.Fprintln(out, shown.String())
}
