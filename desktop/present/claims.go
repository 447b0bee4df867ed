package present

import (
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// Claims is the page of claims: what waits for the person, what waits for others, and a
// manager's authority.
type Claims struct {
	Month Month
	// Waiting are those of a window that are not decided, what waits for the person first.
	Waiting []ClaimRow
	// Approved are those whose approval the person may reverse, newest first, after all others.
	Approved []ClaimRow
	// More says that another window follows Last.
	More    bool
	Last    ClaimPlace
	Decided []DecidedRow // by this person on this desk, newest first
	// Title is how many wait for the person, as the badge counts them, and how many for others.
	Title string
	// Account is where the month's sums come from; a manager's alone.
	Account Statement
	// Decides says that the person decides claims, here or for headquarters.
	Decides bool

	purse purse
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
	State   string // 待审批; or what became of it, by whom and why
	Stand   string // the same in one word
	Note    string // what happened before: an approval that was reversed
	Open    bool
	Mark    string
	// Mine says that it waits for the person looking; Returned, that it was sent back.
	Mine     bool
	Returned bool
	Warranty bool
	// What the person may do with it. Decide is approving and rejecting, for whom it waits.
	Decide  bool
	Above   bool // by the service department, on no manager's account
	Back    bool // send it back
	Up      bool // route it up
	Amend   bool
	Reverse bool
	File    bool // another one on the same ticket
	// Undo is what reversing its approval does; "" where the person may not.
	Undo string
	// Way is the word of the way to the claim from elsewhere; "" where there is none.
	Way  string
	Seen Seen
	Outlook

	// Place is where the row stands among all.
	Place ClaimPlace

	body claim.Body
}

// Listed is which claim the row is of, and where it stands.
func (r ClaimRow) Listed() (syncproto.ID, ClaimPlace) { return r.Claim, r.Place }

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
	return line(r.Number, r.Kind, r.Amount, r.What, r.State, r.Note, r.Mark, outlook, r.Mind)
}

// Text is the row in one string.
func (r DecidedRow) Text() string { return line(r.When, r.What, r.State) }

// Typed is the amount as it is typed, to begin an amendment with.
func (r ClaimRow) Typed() string {
	if r.Warranty {
		return ""
	}
	return r.body.Amount.String()
}

// Lines is the page as text, but for the month's account.
func (c Claims) Lines() []string {
	lines := c.Month.lines()
	for _, r := range slices.Concat(c.Waiting, c.Approved) {
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
	syncproto.CommandSendBack: true, syncproto.CommandRouteUp: true, syncproto.CommandApproveAbove: true, syncproto.CommandReverse: true,
}

// Claims says that the person has to do with claims: files, amends or decides them.
func (s Scene) Claims() bool {
	return s.may(syncproto.CommandAmendClaim) || s.Manager() || s.may(syncproto.CommandApproveAbove)
}

// claimsTitle is the heading over what is not decided. What waits for the person is counted as
// the badge counts it: what was sent back or handed up waits for somebody else.
func (s Scene) claimsTitle(yours, others int, decides bool) string {
	switch {
	case yours+others == 0 && decides:
		return s.Words("claims.waiting")
	case yours+others == 0:
		return s.Words("claims.all")
	case others == 0:
		return s.Words("claims.yours", "N", yours)
	}
	return line(s.Words("claims.yours", "N", yours), s.Words("claims.others", "N", others))
}

// moved is where the authority of a month was asked to lie, with how far the wish has come. The account does not
// say what was asked where that was refused, nor before it has come.
func (s Scene) moved(where string, month syncproto.Month, recent []replica.Command) string {
	at := slices.IndexFunc(recent, func(c replica.Command) bool { return c.Intent.Kind == syncproto.CommandMoveAuthority })
	if at < 0 || recent[at].Stage == replica.Final {
		return where
	}
	command, _ := rules.Read(recent[at].Intent)
	asked, is := command.(authority.MoveAuthority)
	if !is || asked.Month != month {
		return where
	}
	wish, mark := s.Words("did.evened"), s.mark(recent[at].Stage, 0)
	if !asked.To.IsZero() {
		wish = s.Words("did.moved", "Device", s.machine(asked.To))
	}
	switch {
	case recent[at].Stage == replica.Refused:
		return line(where, wish, mark)
	case where == "":
		return line(wish, mark)
	}
	return line(where, mark)
}

// claimOf is a claim with what the person can do with it, and what that would mean.
func (s Scene) claimOf(r replica.Row, b claim.Body, p purse) ClaimRow {
	row := s.claimRow(r, b)
	if !r.Limbo {
		row.Outlook = s.outlook(b, b.Amount, p)
	}
	return row
}

func (s Scene) claimRow(r replica.Row, b claim.Body) ClaimRow {
	row := ClaimRow{
		Claim: r.Ref.ID, Ticket: b.Ticket, Number: b.TicketNumber, Kind: s.Words("claim." + b.Kind.String()), Amount: amountIn(b.Kind, b.Amount),
		What: b.What, Station: b.Station, Filed: line(s.personName(b.FiledBy), s.when(b.FiledAt)),
		Open: b.Open(), Warranty: b.Kind == claim.Warranty, State: s.claimState(b), Stand: s.Words("claim." + b.State.String()), Note: s.claimNote(b),
		Returned: b.State == claim.StateReturned, Mine: s.mine(b), Seen: seen(b), Place: ClaimPlace{!b.Open(), r.Key()}, body: b,
	}
	row.Mark = s.standing(r.Document)
	if r.Limbo { // it can only be read
		row.Mine = false
		return row
	}
	s.ways(&row, b)
	return row
}

// ways are what the person may do with the claim, on the conditions by which the rules will
// judge it.
func (s Scene) ways(row *ClaimRow, b claim.Body) {
	row.Above = s.decidesAbove(b)
	row.Decide = row.Above || s.decides(b)
	row.Back = s.decides(b) && s.may(syncproto.CommandSendBack)
	row.Up = s.decides(b) && s.may(syncproto.CommandRouteUp)
	row.Amend = s.may(syncproto.CommandAmendClaim) && s.files(b) && b.State != claim.StateRejected
	row.Reverse = s.reverses(b)
	row.File = s.may(syncproto.CommandFileClaim) && s.files(b)
	switch {
	case row.Decide:
		row.Way = s.Words("claim.decide")
	case row.Amend || row.Reverse:
		row.Way = s.Words("action.open")
	}
	if row.Reverse {
		row.Undo = s.undo(b)
	}
}

// decides says that the claim waits for a manager, and the person is one of its region.
func (s Scene) decides(b claim.Body) bool { return s.reader().Decides(b) }

// decidesAbove says that the claim waits for the service department, and the person is of it.
func (s Scene) decidesAbove(b claim.Body) bool { return s.reader().DecidesAbove(b) }

func (s Scene) reverses(b claim.Body) bool {
	return s.may(syncproto.CommandReverse) && b.State == claim.StateApproved && !b.Approval.Command.IsZero()
}

// files says that the person may file on the claim's ticket, and so amend the claim.
func (s Scene) files(b claim.Body) bool { return s.reader().Files(b) }

// mine says that the claim waits for the person looking: to decide it, or to complete what
// was sent back to them.
func (s Scene) mine(b claim.Body) bool { return s.reader().Mine(b) }

// claimState is where the claim stands, with who brought it there, when and why.
func (s Scene) claimState(b claim.Body) string {
	state := s.Words("claim." + b.State.String())
	by := func(d claim.Decision, why string) string {
		return line(state, s.personName(d.Person), s.when(d.At), why)
	}
	switch b.State {
	case claim.StateApproved:
		if part := s.part(b); part != "" {
			state = part
		}
		return by(b.Approval, b.Approval.Reason)
	case claim.StateRejected:
		return by(b.Rejection, b.Rejection.Reason)
	case claim.StateReturned:
		return by(b.Returned, b.Returned.Comment)
	case claim.StateRoutedUp:
		if b.Exceeds > 0 {
			return line(state, s.Words("claim.exceeds", "Amount", b.Exceeds))
		}
		return by(b.Routed, b.Routed.Reason)
	case claim.StateFiled:
	}
	return state
}

// part is how much of a claim was approved: 批准 ¥595.00（申请 ¥3,000.00）; "" where that is all
// of it, or nothing.
func (s Scene) part(b claim.Body) string {
	if b.State != claim.StateApproved || b.Approval.Amount == 0 || b.Approval.Amount == b.Amount {
		return ""
	}
	return s.Words("claim.approvedOf", "Amount", b.Approval.Amount, "Asked", b.Amount)
}

// claimNote is what happened to a claim that waits again: its approval was reversed, or it
// was sent back before.
func (s Scene) claimNote(b claim.Body) string {
	if b.Open() && !b.Reversed.Command.IsZero() {
		return s.Words("claim.reversedBefore", "Person", s.personName(b.Reversed.Person), "When", s.when(b.Reversed.At), "Reason", b.Reversed.Reason)
	}
	return ""
}

// approvalOf is the approval that stands, told apart from any other: whose, when, how much,
// from which month.
func (s Scene) approvalOf(b claim.Body) string {
	amount := amountIn(b.Kind, b.Approval.Amount)
	month := ""
	switch {
	case b.Approval.Above:
		month = s.Words("claim.ofAbove")
	case amount != "":
		month = s.Words("claim.ofMonth", "Month", s.monthName(b.Approval.MonthCharged()))
	}
	return line(s.personName(b.Approval.Person), s.when(b.Approval.At), amount, month)
}

// undo is what reversing the approval does.
func (s Scene) undo(b claim.Body) string {
	approval := s.approvalOf(b)
	switch {
	case b.Approval.Above || b.Exceeds > 0:
		return s.Words("reverse.above", "Approval", approval)
	case b.Kind == claim.Warranty:
		return s.Words("reverse.warranty", "Approval", approval)
	}
	return s.Words("reverse.amount", "Approval", approval, "Amount", b.Approval.Amount, "Person", s.personName(b.Approval.Person),
		"Month", s.monthName(b.Approval.MonthCharged()))
}

// approvesAll says that the command approves all that was asked for.
func approvesAll(i syncproto.Intent) bool {
	command, err := rules.Read(i)
	if err != nil {
		return false
	}
	switch c := command.(type) {
	case claim.Approve:
		return c.Less == 0
	case claim.ApproveWarranty:
		return true
	}
	return false // from above it says so
}

func (s Scene) decided(c replica.Command) DecidedRow {
	row := DecidedRow{Command: c.Intent.ID, When: s.when(c.MadeAt), What: c.Screen,
		State: s.mark(c.Stage, c.Intent.Kind), Final: c.Stage == replica.Final, Trouble: c.Card}
	switch {
	case row.What == "":
		row.What = s.command(c)
	case approvesAll(c.Intent): // every other decision says itself what it was
		row.What = line(s.Words("command.approve-claim"), row.What)
	}
	if c.Stage == replica.Final {
		row.State = s.Words("final.final")
		if c.Verdict != nil && !c.Verdict.Plain() {
			row.State = s.Findings(c.Verdict.Findings)
		}
	}
	return row
}
