package simulation

import (
	"fmt"
	"strings"

	"redress/syncproto"
	"redress/syncproto/authority"
)

// fate is what became of a grant, but for what was charged to it.
type fate struct {
	returned   syncproto.Fen // by its device
	writtenOff syncproto.Fen // as lost
	asked      syncproto.Fen // of its device, and not returned yet
}

// more is what an account says beyond its limit and what was granted and charged.
type more struct {
	inForce syncproto.Fen // the limit that counts, which a cut does not lower at once
	to      syncproto.ID  // the device the month was moved to; zero for none
	of      func(authority.GrantState) fate
}

// further reads it from an account.
func further(b authority.Body) more {
	return more{inForce: b.Limit, of: func(authority.GrantState) fate { return fate{} }}
}

// accountLine is a month in one line; the limit in force stands in it after a cut.
func accountLine(b authority.Body) string {
	limit := fmt.Sprintf("limit %v", b.Limit)
	if inForce := further(b).inForce; inForce != b.Limit {
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
	account := further(b)
	var left, charged syncproto.Fen
	var sum fate
	for _, g := range b.Grants {
		if g.Kind != syncproto.GrantAmount || g.Device != s.desk.Device() {
			continue
		}
		f := account.of(g)
		left, charged = left+g.Left(), charged+g.Charged
		sum = fate{sum.returned + f.returned, sum.writtenOff + f.writtenOff, sum.asked + f.asked}
	}
	parts := []string{s.name, fmt.Sprintf("left %v", left), fmt.Sprintf("charged %v", charged)}
	add := func(what string, amount syncproto.Fen) {
		if amount != 0 {
			parts = append(parts, fmt.Sprintf("%s %v", what, amount))
		}
	}
	add("returned", sum.returned)
	add("written off", sum.writtenOff)
	add("asked to return", sum.asked)
	if !account.to.IsZero() && account.to == s.desk.Device() {
		parts = append(parts, "the month is to lie here")
	}
	return strings.Join(parts, " · "), sum.returned != 0 || sum.writtenOff != 0
}
