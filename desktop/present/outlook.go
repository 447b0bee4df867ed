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
	// Month says whose month is charged, and by which grants where there are several.
	Month string
	// Mind is said of the month where it could be taken for another: near its end.
	Mind    string
	Part    string // what would be approved, where that is not all that is asked for
	Short   string // ¥200.00 that are wanting; "" where nothing is
	Approve bool   // it can be approved here and now

	short syncproto.Fen
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
		return Outlook{Over: s.Words("code." + string(replica.CodeFileBehind))}
	}
	covering := s.cover(p, b.Kind, amount)
	if b.Kind == claim.Warranty {
		if !covering.Covers() {
			return Outlook{Over: s.Words("month.noRight")}
		}
		return Outlook{After: s.Words("claim.afterWarranty"), Approve: true}
	}
	o := Outlook{Month: s.charged(covering), Mind: s.mind(covering)}
	if covering.ShortBy > 0 {
		o.short, o.Short = covering.ShortBy, covering.ShortBy.String()
		o.Over = s.Words("money.over", "Amount", covering.ShortBy)
		return o
	}
	o.After = s.Words("money.after", "Amount", covering.Of-amount)
	o.Approve = covering.Covers()
	return o
}

// LessOutlook is what approving the typed amount of a claim would mean; the whole claim's
// outlook while nothing is typed that can be approved.
func (s Scene) LessOutlook(c Claims, r ClaimRow, typed string) Outlook {
	less, wrong := s.less(typed, r.body)
	if wrong != nil {
		o := r.Outlook
		o.Over, o.After, o.Approve, o.Short = wrong.Text, "", false, ""
		return o
	}
	if less == 0 {
		return r.Outlook
	}
	o := s.outlook(r.body, less, c.purse)
	o.Part = less.String()
	return o
}

// AmountOutlook is what an amount leads to as it is being typed into a new or amended claim:
// known when the claim is entered, not at the end (requirements §6). What exceeds a month's
// authority goes to the service department, and everybody reads so; what the amount would
// leave is a manager's own.
func (s Scene) AmountOutlook(c Claims, typed string) (text string, over bool) {
	amount, err := syncproto.ParseFen(typed)
	if err != nil {
		return "", false
	}
	limit := s.Reference.Policy.MonthlyLimit
	if limit > 0 && amount > limit {
		return s.Words("money.above", "Amount", amount-limit), true
	}
	if !c.Month.Manager {
		return "", false
	}
	if short := amount - c.Month.left; short > 0 {
		return s.Words("money.over", "Amount", short), true
	}
	return s.Words("money.after", "Amount", c.Month.left-amount), false
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
