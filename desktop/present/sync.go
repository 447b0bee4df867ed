package present

import (
	"cmp"
	"slices"

	"redress/desktop/diskcrypt"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// LineState is how this desk stands with the server.
type LineState uint8

// States of the line.
const (
	Offline   LineState = iota
	Catching            // connected, and not yet current
	Connected           // connected and current
)

// Line is the state of sync in one look: the corner of every page.
type Line struct {
	State    LineState
	Text     string // ● 已连接, ○ 离线，自 09:05 起
	Waiting  string // 2 项待发送 · 1 项待确认; "" for none
	NeedsYou string // 1 项需要您处理; "" for none
	Trouble  string // why there is no line, or that this desk cannot be made to hold what it should, where somebody can do something about it
}

// Lines is the line as text.
func (l Line) Lines() []string { return []string{line(l.Text, l.Waiting, l.NeedsYou, l.Trouble)} }

// Sync is the page about what the desk and the server have of each other.
type Sync struct {
	Line    Line
	Heard   string   // when the server was last heard
	Kept    []string // how what lies on this machine is kept from others: the key, and the disk
	Waiting []WaitingRow
	Cards   []Card
}

// WaitingRow is a command without a verdict.
type WaitingRow struct {
	When  string
	What  string
	About string // what was on the screen
	State string // 仅存本机，未发送; 已发送，等待确认
}

// Card is one thing that needs the person.
type Card struct {
	Command syncproto.ID
	About   syncproto.Ref
	When    string
	What    string             // what the person did
	Screen  string             // what was on the screen then
	Says    string             // what the server says
	Parked  bool               // the server has not decided yet
	Told    *syncproto.Verdict // that says so
	Changed []string
	Next    string // what can be done now, in words
	// Again says that the same form can be opened once more on Ticket, filled in as it was.
	Again  bool
	Ticket syncproto.ID
	Filled TicketForm
}

// Lines is the page as text.
func (v Sync) Lines() []string {
	lines := v.Line.Lines()
	for _, w := range v.Waiting {
		lines = append(lines, line(w.When, w.What, w.About, w.State))
	}
	for _, c := range v.Cards {
		lines = append(lines, line(c.When, c.What, c.Screen), "  "+c.Says)
		for _, changed := range c.Changed {
			lines = append(lines, "  "+changed)
		}
		lines = append(lines, "  "+c.Next)
	}
	return lines
}

// receiving says that what the server has for this desk is still on its way, so that nothing
// can be said of what there is, and how far it has come; "" otherwise.
func (s Scene) receiving(status replica.Status) string {
	online := status.OfflineSince == 0 && status.Heard != 0
	switch {
	case status.Erased != 0: // nothing comes any more
		return s.Words("line.erased", "When", s.when(status.Erased))
	case status.Current, !online && status.Cursor > 0 && !status.Filling:
		return ""
	case online && status.Filling && status.Wanted > 0:
		return s.Words("work.receivingSoFar", "Percent", min(99, status.Filled*100/status.Wanted))
	case online && status.Head > 0:
		return s.Words("work.receivingSoFar", "Percent", min(99, status.Cursor*100/status.Head))
	}
	return s.Words("work.receiving")
}

func (s Scene) line(status replica.Status, trouble syncproto.Code) Line {
	var l Line
	switch {
	case status.Erased != 0:
		l.Text = s.Words("line.ended")
	case status.OfflineSince != 0 || status.Heard == 0:
		l.Text = s.Words("line.offline")
		if status.OfflineSince != 0 {
			l.Text = s.Words("line.offlineSince", "When", s.when(status.OfflineSince))
		}
	case trouble == handsIn:
		l.State, l.Text = Catching, s.Words("line.handsIn")
	case !status.Current:
		l.State, l.Text = Catching, s.Words("line.catching")
	default:
		l.State, l.Text = Connected, s.Words("line.connected")
	}
	l.Waiting = s.underWay(status, l.State)
	if status.NeedsYou > 0 {
		l.NeedsYou = s.Words("line.needsYou", "N", status.NeedsYou)
	}
	switch {
	case status.Erased != 0:
		l.Trouble = s.Words("line.erased", "When", s.when(status.Erased))
	case status.Differs != 0:
		l.Trouble = s.Words("line.differs", "When", s.when(status.Differs))
	case trouble != "" && (l.State == Offline || trouble == serverFull || trouble == handsIn): // then it only reads, or only hands in
		l.Trouble = s.trouble(trouble)
	}
	return l
}

// underWay is how much waits: to be sent, which nothing is for long while there is a line; and for
// a verdict.
func (s Scene) underWay(status replica.Status, line LineState) string {
	pending, parts := status.Waiting, []string(nil)
	if line == Offline && status.Unsent > 0 {
		pending -= status.Unsent
		parts = append(parts, s.Words("line.waiting", "N", status.Unsent))
	}
	if pending > 0 {
		parts = append(parts, s.Words("line.pending", "N", pending))
	}
	return join(parts, " · ")
}

// serverFull is syncclient's word for a server that takes nothing and is read from all the same.
const serverFull syncproto.Code = "server-disk-full"

// handsIn is syncclient's word for a server that takes what was done here and sends nothing.
const handsIn syncproto.Code = "hands-in-only"

// trouble is why there is no line. Some codes say of a line something else than of a form.
func (s Scene) trouble(code syncproto.Code) string {
	if text := s.Words("line.trouble." + string(code)); text != "" {
		return text
	}
	return s.Finding(syncproto.Finding{Code: code})
}

func (s Scene) sync(status replica.Status, waiting []replica.Command, trouble syncproto.Code) Sync {
	v := Sync{Line: s.line(status, trouble), Heard: s.when(status.Heard)}
	for _, c := range waiting {
		v.Waiting = append(v.Waiting, WaitingRow{When: s.when(c.MadeAt), What: s.command(c), About: c.Screen,
			State: s.mark(c.Stage, c.Intent.Kind)})
	}
	return v
}

// kept says how what lies on this machine is kept from others (design §4).
func (d Desk) kept() []string {
	key := "sync.keyInFile"
	if d.Replica.Owner().Keychain {
		key = "sync.keyInKeychain"
	}
	return []string{d.Words(key), DiskText(d.Words, d.Disk)}
}

// DiskText says whether the system encrypts the disk, and what to do where it does not, or where
// nobody can tell: the database relies on it (design §4).
func DiskText(words Words, disk diskcrypt.State) string {
	switch disk {
	case diskcrypt.On:
		return words("disk.on")
	case diskcrypt.Off:
		return words("disk.off")
	case diskcrypt.Unknown:
	}
	return words("disk.unknown")
}

// command is what a person did, in words.
func (s Scene) command(c replica.Command) string {
	return s.Words("command." + c.Intent.Kind.String())
}

// card is a verdict that is not a plain acceptance, as the person gets it.
func (s Scene) card(c replica.Command, since []replica.Step) Card {
	card := Card{Command: c.Intent.ID, About: c.Intent.Subject, When: s.when(c.MadeAt), What: s.command(c),
		Screen: c.Screen, Parked: c.Stage == replica.Held, Told: c.Verdict}
	var findings []syncproto.Finding
	if c.Verdict != nil {
		findings = c.Verdict.Findings
	}
	card.Says = s.Findings(findings)
	if slices.ContainsFunc(findings, func(f syncproto.Finding) bool { return f.Code == claim.CodeAmountChanged && f.Field != claim.Overdrawn }) {
		card.Says = join([]string{card.Says, s.Words("card.back", "Amount", sum(c.Intent.Shares))}, "\n")
	}
	if card.Says == "" {
		card.Says = cmp.Or(s.mark(c.Stage, c.Intent.Kind), s.Words("final.final"))
	}
	for _, step := range since {
		if step.Person == s.Person && step.Device == c.Device {
			continue
		}
		if _, err := rules.ReadEvent(step.Event); err == nil && len(card.Changed) < maxChanged {
			l := s.happened(step.HistoryEntry, "", nil)
			card.Changed = append(card.Changed, line(l.Head(), changedText(step.Event.Doc.Kind, l)))
		}
	}
	if c.Stage == replica.Refused {
		card.Ticket, card.Filled, card.Again = refill(c.Intent)
	}
	card.Next = s.next(c, findings)
	return card
}

// changedText is what stands beside a later step on a card: amounts and reasons of claims.
func changedText(kind syncproto.DocKind, l TrailLine) string {
	if kind != syncproto.KindClaim {
		return ""
	}
	return l.Text
}

// next is what can be done about a verdict: what fits its first finding that has a next step
// of its own, else what fits the command.
func (s Scene) next(c replica.Command, findings []syncproto.Finding) string {
	for _, f := range findings {
		if f.Code == claim.CodeDuplicate {
			f.Field = s.duplicateOf(f)
		}
		for _, key := range []string{"next." + string(f.Code) + "." + f.Field, "next." + string(f.Code)} {
			if text := s.Words(key); text != "" && (c.Stage == replica.Final || c.Stage == replica.Refused) {
				return text
			}
		}
	}
	return s.Words("next." + nextKey(c))
}

// maxChanged is how many later steps a card shows.
const maxChanged = 5

// nextKey is where the words hold what can be done about a verdict.
func nextKey(c replica.Command) string {
	switch {
	case c.Stage == replica.Held:
		return "held"
	case c.Stage == replica.Refused && (decides[c.Intent.Kind] || c.Intent.Kind == syncproto.CommandAmendClaim):
		return "refusedDecision"
	case c.Stage == replica.Refused && c.Intent.Kind == syncproto.CommandOpen:
		return "refusedOpen"
	case c.Stage == replica.Refused:
		return "refused"
	case decides[c.Intent.Kind]:
		return "remarkDecision"
	}
	return "remark"
}
