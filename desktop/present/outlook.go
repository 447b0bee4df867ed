package present

import (
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
)

// Outlook is what approving an amount would mean, before anybody presses anything.
type Outlook struct {
	After string // 批准此单后剩余 ¥3,600.00
	Over  string // 超出您的权限 ¥200.00; "" where it is not
	Brief string // the same for a row, without where else there is something
	// Elsewhere says that it is over what lies on this device alone: with what lies on others, or
	// will still come, the month covers it.
	Elsewhere bool
	// Month says whose month is charged, and by which grants where there are several.
	Month   string
	Charges syncproto.Month // that month; the zero Month where none is
	// Mind is said of the month where it could be taken for another: near its end.
	Mind    string
	Part    string // what would be approved, where that is not all that is asked for
	Short   string // ¥200.00 that are wanting here; "" where nothing is
	Approve bool   // it can be approved here and now

	short syncproto.Fen // that the whole month does not cover
}

// edge is how near the end of a month the month that is charged is pointed out.
const edge = 6 * syncproto.Hour

// outlook is what the claim would mean with an amount of it approved; nothing for whoever
// does not decide it.
func (s Scene) outlook(b claim.Body, amount syncproto.Fen, p purse) Outlook {
	switch {
	case s.decidesAbove(b):
		return Outlook{After: s.Words("claim.afterAbove"), Approve: true}
	case !s.decides(b):
		return Outlook{}
	case p.doubtful:
		return overFor(s.Words("code." + string(replica.CodeFileBehind)))
	}
	covering := s.cover(p, b.Kind, amount)
	if b.Kind == claim.Warranty {
		if !covering.Covers() {
			return overFor(s.Words("month.noRight"))
		}
		return Outlook{After: s.Words("claim.afterWarranty"), Approve: true}
	}
	o := Outlook{Month: s.charged(covering), Charges: covering.Month, Mind: s.mind(covering)}
	if covering.ShortBy > 0 {
		o.Short = covering.ShortBy.String()
		o.Over, o.Elsewhere = s.over(p, covering.Month, covering.ShortBy)
		o.Brief = s.Words("money.over", "Amount", covering.ShortBy)
		if o.Elsewhere {
			o.Brief = s.Words("money.overHere", "Amount", covering.ShortBy)
		} else {
			o.short = covering.ShortBy
		}
		return o
	}
	o.After = s.Words("money.after", "Amount", covering.Of-amount)
	o.Approve = covering.Covers()
	return o
}

// overFor is an outlook of nothing, for a reason.
func overFor(reason string) Outlook { return Outlook{Over: reason, Brief: reason} }

// LessOutlook is what approving the typed amount of a claim would mean; the whole claim's
// outlook while nothing is typed that can be approved.
func (s Scene) LessOutlook(c Claims, r ClaimRow, typed string) Outlook {
	less, wrong := s.less(typed, r.body)
	if wrong != nil {
		o := r.Outlook
		o.Over, o.Brief, o.After, o.Approve, o.Short, o.Elsewhere = wrong.Text, wrong.Text, "", false, "", false
		return o
	}
	if less == 0 {
		return r.Outlook
	}
	o := s.outlook(r.body, less, c.purse)
	o.Part = less.String()
	return o
}

// cover is which grants would bear an amount of a claim.
func (s Scene) cover(p purse, kind claim.Kind, amount syncproto.Fen) authority.Covering {
	if kind == claim.Warranty {
		return authority.CoverRight(p.left, s.Now, s.Within)
	}
	return authority.Cover(p.left, amount, s.Now, s.Within)
}

// charged says which month is charged, and the shares where several grants bear it.
func (s Scene) charged(c authority.Covering) string {
	if len(c.Shares) < 2 {
		return s.Words("money.month", "Month", s.monthName(c.Month))
	}
	parts := make([]string, 0, len(c.Shares))
	for _, share := range c.Shares {
		parts = append(parts, share.Amount.String())
	}
	return s.Words("money.grants", "Month", s.monthName(c.Month), "N", len(c.Shares), "Parts", s.list(parts))
}

// mind points the month out where one could take it for another: near its ends, and where
// the desk's own time is, or may be, of another month.
func (s Scene) mind(c authority.Covering) string {
	// In another month than the charged one the desk's own time is past its end, or before its
	// start.
	near := c.Month != syncproto.MonthOf(s.Within.Lo) || c.Month.End().Sub(s.Now) < edge || s.Now.Sub(c.Month.Start()) < edge
	if !near {
		return ""
	}
	return s.Words("money.mind", "When", s.date(s.Now), "Month", s.monthName(c.Month))
}

// date is a moment with its day, whatever day it is.
func (s Scene) date(t syncproto.Instant) string {
	at := t.Time()
	return s.Words("time.dayAt", "Month", s.monthWord(at.Month()), "Day", at.Day(), "Time", at.Format("15:04"))
}

// monthName is 2026年11月.
func (s Scene) monthName(m syncproto.Month) string {
	start := m.Start().Time()
	return s.Words("month.title", "Year", start.Year(), "Month", s.monthWord(start.Month()))
}
