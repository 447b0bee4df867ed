package present

import (
	"cmp"
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
)

// Claims is the page of what waits for a manager's decision, and of the authority left.
type Claims struct {
	Month   Month
	Waiting []ClaimRow
	Decided []DecidedRow // by this person on this desk, newest first
}

// Month is what a manager may still spend without asking anybody.
type Month struct {
	Manager bool   // only managers have one
	Title   string // 2026年11月
	Limit   string
	Spent   string
	Left    string // on this device
	Other   string // in force and not on this device; "" for nothing
	Until   string // 至 11月30日 24:00
	Right   string // of approving warranty orders
	Note    string // why nothing can be approved now; "" if something can
	// Used is the part of the limit that is not left here, in basis points.
	Used int64

	left syncproto.Fen
}

// ClaimRow is one claim.
type ClaimRow struct {
	Claim   syncproto.ID
	Ticket  syncproto.ID
	Number  string // of the ticket
	Kind    string // 特别理赔, 包修单
	Amount  string // "" of a warranty order
	What    string
	Station string
	Filed   string // 王芳 · 09:02
	State   string // 待审批; or the decision, by whom and why
	Open    bool
	Mark    string
	// What approving it would mean, known as soon as the claim is shown.
	After    string // 批准此单后剩余 ¥3,600.00
	Over     string // 超出您的权限 ¥200.00; "" where it is not
	Decide   bool   // the person may decide claims
	Approve  bool   // and may approve this one here and now
	Warranty bool
}

// DecidedRow is a decision taken on this desk and what became of it.
type DecidedRow struct {
	Command syncproto.ID
	When    string
	What    string // what was on the screen then
	State   string // 已生效（有约束力），尚未发送 → 已发送 → 已确认
	Final   bool
	Trouble bool // needs the person
}

// Text is the row in one string.
func (r ClaimRow) Text() string {
	outlook := r.After
	if r.Over != "" {
		outlook = r.Over
	}
	return line(r.Number, r.Kind, r.Amount, r.What, r.State, r.Mark, outlook)
}

// Text is the row in one string.
func (r DecidedRow) Text() string { return line(r.When, r.What, r.State) }

// Lines is the page as text.
func (c Claims) Lines() []string {
	var lines []string
	if m := c.Month; m.Manager {
		lines = append(lines, line(m.Title, m.Limit, m.Spent, m.Left, m.Other, m.Until), line(m.Right, m.Note))
	}
	for _, r := range c.Waiting {
		lines = append(lines, r.Text())
	}
	for _, r := range c.Decided {
		lines = append(lines, r.Text())
	}
	return lines
}

// decides are the commands that decide claims.
var decides = map[syncproto.CommandKind]bool{
	syncproto.CommandApproveClaim: true, syncproto.CommandApproveWarranty: true, syncproto.CommandRejectClaim: true,
}

func (s Scene) claims(rows []replica.Row, p purse, recent []replica.Command) Claims {
	page := Claims{Month: s.month(p)}
	for _, r := range slices.SortedStableFunc(slices.Values(rows), olderClaim) {
		if body, ok := r.Body.(claim.Body); ok {
			row := s.claimRow(r, body)
			s.outlook(&row, body, p)
			page.Waiting = append(page.Waiting, row)
		}
	}
	for _, c := range recent {
		if decides[c.Intent.Kind] {
			page.Decided = append(page.Decided, s.decided(c))
		}
	}
	return page
}

// olderClaim puts who has waited longest first.
func olderClaim(a, b replica.Row) int {
	first, _ := a.Body.(claim.Body)
	second, _ := b.Body.(claim.Body)
	return cmp.Compare(first.FiledAt, second.FiledAt)
}

func (s Scene) month(p purse) Month {
	m := Month{Manager: s.may(syncproto.CommandApproveClaim)}
	if !m.Manager {
		return m
	}
	covering := authority.Cover(p.left, 0, s.Now, s.Within)
	limit := s.Reference.Policy.MonthlyLimit
	if p.account.Limit != 0 {
		limit = p.account.Limit
	}
	spent := p.account.Spent()
	start := covering.Month.Start().Time()
	m.Title = s.Words("month.title", "Year", start.Year(), "Month", int(start.Month()))
	m.Limit = s.Words("month.limit", "Amount", limit)
	m.Spent = s.Words("month.spent", "Amount", spent)
	m.left = covering.Of
	m.Left = s.Words("month.left", "Amount", m.left)
	if other := limit - spent - covering.Of; other > 0 {
		m.Other = s.Words("month.other", "Amount", other)
	}
	end := covering.Month.End().Add(-syncproto.Microsecond).Time()
	m.Until = s.Words("month.until", "Month", int(end.Month()), "Day", end.Day())
	if limit > 0 {
		m.Used = min(10_000, max(0, int64(limit-covering.Of)*10_000/int64(limit)))
	}
	m.Right = s.Words("month.noRight")
	if authority.CoverRight(p.left, s.Now, s.Within).Covers() {
		m.Right = s.Words("month.right")
	}
	switch {
	case p.doubtful:
		m.Note = s.Words("code." + string(replica.CodeFileBehind))
	case len(p.left) == 0:
		m.Note = s.Words("month.nothingHere")
	}
	return m
}

func (s Scene) claimRow(r replica.Row, b claim.Body) ClaimRow {
	row := ClaimRow{
		Claim: r.Ref.ID, Ticket: b.Ticket, Number: b.TicketNumber, Kind: s.Words("claim." + b.Kind.String()),
		What: b.What, Station: b.Station, Filed: line(s.personName(b.FiledBy), s.when(b.FiledAt)),
		Open: b.Open(), Warranty: b.Kind == claim.Warranty, State: s.claimState(b),
	}
	if !row.Warranty {
		row.Amount = b.Amount.String()
	}
	if r.Pending {
		row.Mark = s.Words("final.kept")
	}
	return row
}

func (s Scene) claimState(b claim.Body) string {
	decision := b.Approval
	if b.State == claim.StateRejected {
		decision = b.Rejection
	}
	if b.Open() {
		return s.Words("claim." + b.State.String())
	}
	return line(s.Words("claim."+b.State.String()), s.personName(decision.Person), s.when(decision.At), decision.Reason)
}

// outlook is what approving the claim would mean, before anybody presses anything.
func (s Scene) outlook(row *ClaimRow, b claim.Body, p purse) {
	row.Decide = s.may(syncproto.CommandApproveClaim) && s.in(b.Region)
	if !row.Decide || !b.ForManager() {
		return
	}
	covering := s.cover(p, b)
	switch {
	case p.doubtful:
		row.Over = s.Words("code." + string(replica.CodeFileBehind))
	case row.Warranty && !covering.Covers():
		row.Over = s.Words("month.noRight")
	case row.Warranty:
		row.After = s.Words("claim.afterWarranty")
	case covering.ShortBy > 0:
		row.Over = s.Words("money.over", "Amount", covering.ShortBy)
	default:
		row.After = s.Words("money.after", "Amount", covering.Of-b.Amount)
	}
	row.Approve = row.Over == "" && covering.Covers()
}

// cover is which grants would bear the claim.
func (s Scene) cover(p purse, b claim.Body) authority.Covering {
	if b.Kind == claim.Warranty {
		return authority.CoverRight(p.left, s.Now, s.Within)
	}
	return authority.Cover(p.left, b.Amount, s.Now, s.Within)
}

func (s Scene) decided(c replica.Command) DecidedRow {
	row := DecidedRow{Command: c.Intent.ID, When: s.when(c.MadeAt), What: c.Screen,
		State: s.mark(c.Stage, c.Intent.Kind), Final: c.Stage == replica.Final, Trouble: c.Card}
	if row.What == "" {
		row.What = s.Words("command." + c.Intent.Kind.String())
	}
	if c.Stage == replica.Final {
		row.State = s.Words("final.final")
		if c.Verdict != nil && !c.Verdict.Plain() {
			row.State = s.Findings(c.Verdict.Findings)
		}
	}
	return row
}
