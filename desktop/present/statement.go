package present

import (
	"context"
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
)

// MaxStatement is how many lines of a month's account the page of claims shows; the account in
// full is headquarters'.
const MaxStatement = 30

// Statement is where a month's sums come from, below a manager's decisions: all that changed
// what is spent and what there is, newest first.
type Statement struct {
	Title string // 2026年11月 额度明细
	Lines []TrailLine
	Short string // 最近 30 条，共 42 条; "" where these are all
}

// ofSums are the events of an account that change its sums. That a grant was taken or asked
// back changes none, and would hide the others.
var ofSums = map[syncproto.EventKind]bool{
	syncproto.EventAccountOpened: true, syncproto.EventGrantIssued: true, syncproto.EventCharged: true, syncproto.EventRefunded: true,
	syncproto.EventBreached: true, syncproto.EventGrantReturned: true, syncproto.EventLimitSet: true, syncproto.EventWrittenOff: true,
	syncproto.EventGrantWithdrawn: true,
}

// Text is the statement as text.
func (t Statement) Text() []string {
	if len(t.Lines) == 0 {
		return nil
	}
	lines := []string{line(t.Title, t.Short)}
	for _, l := range t.Lines {
		lines = append(lines, line(l.Head(), l.Text))
	}
	return lines
}

// statement reads the account of the month that the page of claims shows.
func (d Desk) statement(ctx context.Context, scene Scene, p purse) (Statement, error) {
	steps := slices.DeleteFunc(slices.Clone(p.steps), func(step replica.Step) bool { return !ofSums[step.Event.Kind] })
	if len(steps) == 0 {
		return Statement{}, nil
	}
	t := Statement{Title: scene.Words("claims.account", "Month", scene.monthName(p.account.Month))}
	if more := len(steps) - MaxStatement; more > 0 {
		t.Short = scene.Words("claims.accountShort", "N", MaxStatement, "All", len(steps))
		steps = steps[more:]
	}
	var err error
	number := d.numbers(ctx, &err)
	for _, step := range slices.Backward(steps) {
		t.Lines = append(t.Lines, scene.accountStep(step.HistoryEntry, scene.mark(step.Stage, 0), p.account, number))
	}
	return t, err
}
