package rules

import (
	"maps"
	"slices"

	"redress/syncproto"
)

// What the tests of the table need to see of it: every kind with its zero value.

func Documents() map[syncproto.DocKind]any {
	all := map[syncproto.DocKind]any{}
	for kind, row := range documents {
		all[kind] = row.zero
	}
	return all
}

func Commands() map[syncproto.CommandKind]any {
	return zeroes(commands, func(c command) func([]byte) (any, error) { return c.decode })
}

func Events() map[syncproto.EventKind]any {
	return zeroes(events, func(read func([]byte) (any, error)) func([]byte) (any, error) { return read })
}

func zeroes[K comparable, R any](table map[K]R, reader func(R) func([]byte) (any, error)) map[K]any {
	all := map[K]any{}
	for kind, row := range table {
		zero, err := reader(row)([]byte{0xa0}) // the empty map
		if err != nil {
			panic(err)
		}
		all[kind] = zero
	}
	return all
}

// SubjectOf is the subject of a command as the table says.
func SubjectOf(kind syncproto.CommandKind, value any) syncproto.Ref {
	return commands[kind].subject(value)
}

// DecodeCommand reads a command's own body as the table does.
func DecodeCommand(kind syncproto.CommandKind, body []byte) (any, error) {
	return commands[kind].decode(body)
}

// Sorted are the kinds of a table in order.
func Sorted[K ~uint16, V any](table map[K]V) []K { return slices.Sorted(maps.Keys(table)) }
