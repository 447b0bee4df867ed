package simulation

import (
	"fmt"
	"strings"

	"redress/syncproto"
	"redress/syncproto/authority"
)

// accountLine is a month in one line; the limit in force stands in it after a cut.
func accountLine(b authority.Body) string {
	limit := fmt.Sprintf("limit %v", b.Limit)
	if inForce := b.InForce(); inForce != b.Limit {
		limit += fmt.Sprintf(" · in force %v", inForce)
	}
	return fmt.Sprintf("%s · spent %v · reserved %v · free %v · breaches %d", limit, b.Spent(), b.Reserved(), b.Free(), b.Breaches)
}

// deskLines say what lies on which of the manager's desks, where there is more than one or
// something was returned or written off.
func (w *world) deskLines(b authority.Body) []string {
	var lines []string
	telling := false
	for _, s := range w.stations {
		if s.person != b.Manager {
			continue
		}
		line, tells := deskLine(b, s)
		lines, telling = append(lines, line), telling || tells
	}
	if len(lines) < 2 && !telling {
		return nil
	}
	return lines
}

// deskLine is what lies on one desk, and whether anything of it was returned or written
// off.
func deskLine(b authority.Body, s *station) (line string, telling bool) {
	var left, charged, returned, writtenOff, asked syncproto.Fen
	for _, g := range b.Grants {
		if g.Kind != syncproto.GrantAmount || g.Device != s.desk.Device() {
			continue
		}
		left, charged, returned = left+g.Left(), charged+g.Charged, returned+g.Returned
		writtenOff, asked = writtenOff+g.WrittenOff, asked+g.Open()
	}
	parts := []string{s.name, fmt.Sprintf("left %v", left), fmt.Sprintf("charged %v", charged)}
	add := func(what string, amount syncproto.Fen) {
		if amount != 0 {
			parts = append(parts, fmt.Sprintf("%s %v", what, amount))
		}
	}
	add("returned", returned)
	add("written off", writtenOff)
	add("asked to return", asked)
	if !b.To.IsZero() && b.To == s.desk.Device() {
		parts = append(parts, "the month is to lie here")
	}
	return strings.Join(parts, " · "), returned != 0 || writtenOff != 0
}
