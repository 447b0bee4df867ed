package present

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// Months is headquarters' page of every regional manager's authority in one month.
type Months struct {
	Month syncproto.Month
	Title string
	// Pick are the month before, this one and the next.
	Pick []MonthChoice
	Rows []MonthRow
	// Breached is how many of the rows need somebody at headquarters; "" for none.
	Breached string
}

// MonthChoice is a month that can be looked at.
type MonthChoice struct {
	Month syncproto.Month
	Text  string // 本月（2026年11月）
}

// MonthRow is one manager's month.
type MonthRow struct {
	Manager syncproto.ID
	Name    string
	Region  string
	Limit   string
	Asked   string // where a cut has not come back yet
	Spent   string
	Out     string // what lies on devices, in all
	Devices []Holding
	Free    string // what is not handed out, or that nothing is yet
	Breach  string // 超支 1 次，现超出 ¥200.00; "" for none
	Open    bool   // the account exists
	Parts   Parts
}

// Text is the row in one string.
func (r MonthRow) Text() string {
	parts := []string{r.Name, r.Region, r.Limit, r.Asked, r.Spent}
	for _, h := range r.Devices {
		parts = append(parts, h.Text())
	}
	return line(append(parts, r.Free, r.Breach)...)
}

// Lines is the page as text.
func (m Months) Lines() []string {
	lines := []string{line(m.Title, m.Breached)}
	for _, r := range m.Rows {
		lines = append(lines, r.Text())
	}
	return lines
}

// Months says that the person looks after the managers' authority.
func (s Scene) Months() bool { return s.Reference.WatchesOver(s.Person) }

// Months reads every manager's month; 0 is the running one. Who was a manager once stays in
// it where there is an account.
func (d Desk) Months(ctx context.Context, at syncproto.Reading, month syncproto.Month) (Months, error) {
	scene := d.Scene(at)
	running := syncproto.MonthOf(scene.Now)
	if month == 0 {
		month = running
	}
	page := Months{Month: month, Title: scene.monthName(month)}
	for _, m := range []syncproto.Month{running - 1, running, running + 1} {
		page.Pick = append(page.Pick, MonthChoice{Month: m, Text: scene.monthName(m)})
	}
	breached := 0
	for _, manager := range scene.Reference.Ever(policy.Manager) {
		body, err := bodyOf[authority.Body](ctx, d.Replica, authority.Ref(manager, month))
		if err != nil {
			return Months{}, err
		}
		if body.Manager.IsZero() && !scene.Reference.May(manager, syncproto.CommandApproveClaim) {
			continue
		}
		row := scene.monthRow(manager, body)
		if row.Breach != "" {
			breached++
		}
		page.Rows = append(page.Rows, row)
	}
	if breached > 0 {
		page.Breached = scene.Words("months.breached", "N", breached)
	}
	slices.SortStableFunc(page.Rows, func(a, b MonthRow) int {
		return cmp.Or(cmp.Compare(boolInt(b.Breach != ""), boolInt(a.Breach != "")), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return page, nil
}

func (s Scene) monthRow(manager syncproto.ID, b authority.Body) MonthRow {
	person, _ := s.Reference.Person(manager)
	var regions []string
	for _, id := range person.Units {
		if unit, known := s.Reference.Unit(id); known && unit.Kind == organisation.Region {
			regions = append(regions, unit.Name)
		}
	}
	row := MonthRow{Manager: manager, Name: s.personName(manager), Region: s.list(regions), Open: !b.Manager.IsZero(),
		Spent: s.Words("month.spent", "Amount", b.Spent())}
	if !row.Open {
		row.Limit, row.Free = s.Words("months.standard", "Amount", s.Reference.Policy.MonthlyLimit), s.Words("months.notYet")
		return row
	}
	row.Limit = s.Words("months.limit", "Amount", b.InForce())
	if b.Above > 0 {
		row.Asked = s.Words("month.asked", "Amount", b.Limit, "Above", b.Above)
	}
	row.Out = s.Words("months.out", "Amount", b.Reserved())
	for _, h := range holdings(b) {
		row.Devices = append(row.Devices, s.holding(h))
	}
	row.Free = s.Words("month.free", "Amount", max(b.Free(), 0))
	row.Breach = s.breach(b)
	row.Parts = parts(b.InForce(), 0, b.Reserved(), b.Spent())
	return row
}

// breach is how an account was overdrawn: how often, and by how much it still is.
func (s Scene) breach(b authority.Body) string {
	if b.Breaches == 0 {
		return ""
	}
	if over := b.Over(); over > 0 {
		return s.Words("months.breachNow", "N", b.Breaches, "Amount", over)
	}
	return s.Words("months.breach", "N", b.Breaches)
}

// Account is one manager's month in full: its devices and grants, and all that happened.
type Account struct {
	Row     MonthRow
	Month   syncproto.Month
	Title   string
	History []TrailLine // newest first
	// SetLimit says that the person may set another limit of this month.
	SetLimit bool
	// WriteOff are the devices with something that can be given up as lost; none where the
	// person may not.
	WriteOff []Choice

	body authority.Body
	saw  syncproto.Fen // the limit that another one replaces
}

// Lines is the account as text.
func (a Account) Lines() []string {
	lines := []string{line(a.Title, a.Row.Text())}
	for _, l := range a.History {
		lines = append(lines, line(l.Head(), l.Text))
	}
	return lines
}

// Account reads one manager's month in full.
func (d Desk) Account(ctx context.Context, at syncproto.Reading, manager syncproto.ID, month syncproto.Month) (Account, error) {
	scene, ref := d.Scene(at), authority.Ref(manager, month)
	body, err := bodyOf[authority.Body](ctx, d.Replica, ref)
	if err != nil {
		return Account{}, err
	}
	a := Account{Row: scene.monthRow(manager, body), Month: month, Title: scene.monthName(month), body: body}
	if a.saw, err = d.limitSeen(ctx, scene, a); err != nil {
		return Account{}, err
	}
	running := syncproto.MonthOf(scene.Now)
	a.SetLimit = scene.may(syncproto.CommandSetLimit) && (month == running || month == running+1)
	if scene.may(syncproto.CommandWriteOff) {
		for _, h := range holdings(body) {
			a.WriteOff = append(a.WriteOff, Choice{ID: h.device, Text: scene.holding(h).Text()})
		}
	}
	steps, err := d.Replica.History(ctx, ref)
	if err != nil {
		return Account{}, err
	}
	number := d.numbers(ctx, &err)
	for _, step := range slices.Backward(steps) {
		a.History = append(a.History, scene.accountStep(step.HistoryEntry, scene.mark(step.Stage, 0), body, number))
	}
	return a, err
}

// limitSeen is the limit of the account; of one that is not handed out yet the policy's, or what was asked
// for on this desk.
func (d Desk) limitSeen(ctx context.Context, scene Scene, a Account) (syncproto.Fen, error) {
	if a.Row.Open {
		return a.body.Limit, nil
	}
	recent, err := d.Replica.Recent(ctx)
	for _, c := range recent {
		if c.Intent.Kind != syncproto.CommandSetLimit || c.Intent.Subject != authority.Ref(a.Row.Manager, a.Month) || c.Stage == replica.Refused {
			continue
		}
		if asked, wrong := rules.Read(c.Intent); wrong == nil {
			if set, ok := asked.(authority.SetLimit); ok {
				return set.Limit, nil
			}
		}
	}
	return scene.Reference.Policy.MonthlyLimit, err
}

// numbers names claims by their tickets, each read once; "" for those not held here. What
// goes wrong is put into err.
func (d Desk) numbers(ctx context.Context, err *error) func(syncproto.ID) string {
	known := map[syncproto.ID]string{}
	return func(id syncproto.ID) string {
		if text, asked := known[id]; asked {
			return text
		}
		body, held, wrong := d.Claim(ctx, id)
		if wrong != nil {
			*err = wrong
		}
		if held {
			known[id] = line(body.TicketNumber, body.What)
		} else {
			known[id] = ""
		}
		return known[id]
	}
}

// LimitForm is another limit for a manager's month.
type LimitForm struct {
	Amount string // as typed
	Reason string
}

// SetLimit makes the command of the form.
func (s Scene) SetLimit(a Account, f LimitForm) ([]replica.Wish, []Fault) {
	c := authority.SetLimit{Manager: a.Row.Manager, Month: a.Month, Saw: a.saw, Reason: strings.TrimSpace(f.Reason)}
	var faults []Fault
	limit, err := syncproto.ParseFen(f.Amount)
	if c.Limit = limit; err != nil || limit < 0 || limit > syncproto.MaxAmount {
		faults = append(faults, s.fault(syncproto.Finding{Code: authority.CodeBadLimit, Field: FieldLimit}))
	}
	faults = append(faults, s.missingIf(c.Reason == "", FieldReason)...)
	if len(faults) > 0 {
		return nil, faults
	}
	return []replica.Wish{{Kind: syncproto.CommandSetLimit, Command: c,
		Screen: clip(line(a.Row.Name, a.Title, a.Row.Limit, s.Words("did.limit", "Amount", c.Limit), c.Reason))}}, nil
}

// LimitOutlook is what the typed limit would do, before it is set: a raise counts at once, a
// cut as far as devices give back.
func (s Scene) LimitOutlook(a Account, typed string) string {
	limit, err := syncproto.ParseFen(typed)
	before := a.body.InForce()
	if !a.Row.Open {
		before = s.Reference.Policy.MonthlyLimit
	}
	out := a.body.Spent() + a.body.Reserved()
	switch {
	case err != nil || limit < 0:
		return ""
	case limit < out:
		return s.Words("limit.cut", "Out", out, "Back", out-limit)
	case limit < before:
		return s.Words("limit.lower", "Free", limit-out)
	}
	return s.Words("limit.raise", "Free", limit-out)
}

// WriteOff makes the commands that give up all that is left on a device, one for each of its
// grants.
func (s Scene) WriteOff(a Account, device syncproto.ID, reason string) ([]replica.Wish, []Fault) {
	reason = strings.TrimSpace(reason)
	faults := append(s.missingIf(device.IsZero(), FieldDevice), s.missingIf(reason == "", FieldReason)...)
	if len(faults) > 0 {
		return nil, faults
	}
	var wishes []replica.Wish
	for _, g := range a.body.Grants {
		if g.Device != device || g.Kind != syncproto.GrantAmount || g.Dead() || g.Left() <= 0 {
			continue
		}
		wishes = append(wishes, replica.Wish{Kind: syncproto.CommandWriteOff,
			Command: authority.WriteOff{Manager: a.Row.Manager, Month: a.Month, Grant: g.ID, Reason: reason},
			Screen:  clip(line(a.Row.Name, a.Title, s.machine(device), s.Words("did.writtenOff", "Amount", g.Left()), reason))})
	}
	if len(wishes) == 0 {
		return nil, []Fault{s.fault(syncproto.Finding{Code: authority.CodeNothingLeft})}
	}
	return wishes, nil
}

// WriteOffOutlook is what follows from giving up what is left on a device.
func (s Scene) WriteOffOutlook(a Account, device syncproto.ID) string {
	for _, h := range holdings(a.body) {
		if h.device == device {
			return s.Words("lost.follows", "Amount", h.left, "Device", s.machine(device), "Person", a.Row.Name)
		}
	}
	return ""
}
