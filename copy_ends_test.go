package redress_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/operator"
	"redress/server/restore"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/simulation"
	"redress/syncproto/ticket"
)

// TestACopyEndsAnywhere: a crash leaves a copy of the log that ends in the middle of a batch, between a refusal and
// the entry that it released, or before what a person saw who released something. The logs of some scenarios are cut
// at every entry near such, what is left is restored, and all that was told since is handed in again, in time or late.
// Then all is as it was told or waits for a person, and for nothing that is there or never will be; and where that
// disk is lost too, its own copy makes the same.
func TestACopyEndsAnywhere(t *testing.T) {
	for _, name := range []string{"restored-reopened-by-hand", "restored-duplicate", "restored-undecided-late", "claim-refused"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("syncproto", "simulation", "scenarios", name+".txt"))
			noError(t, err)
			script, err := simulation.Parse(name, string(text))
			noError(t, err)
			played := newStage(t)
			_, err = simulation.Run(script, played)
			noError(t, err)
			cutEverywhere(t, played.path())
		})
	}
}

// TestACopyEndsBehindARefusal: notes wait for a ticket that is refused, and those of a stolen laptop for a person,
// who has one decided before its ticket is there, and refuses the other.
func TestACopyEndsBehindARefusal(t *testing.T) {
	w := ledgertest.New(t)
	desk, other, stolen := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Seat, "P2XA"), w.Desk(w.Seat, "VWB2")
	never, late := w.ID(), w.ID()
	other.Give(syncproto.CommandNote, ticket.Note{Ticket: never, Text: "等"})
	other.Give(syncproto.CommandNote, ticket.Note{Ticket: never, Text: "再等"})
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: stolen.Device, Reason: "被盗"})
	w.Now = w.Now.Add(syncproto.Hour)
	notes := []syncproto.Envelope{
		stolen.Make(syncproto.CommandNote, ticket.Note{Ticket: late, Text: "等"}), stolen.Make(syncproto.CommandNote, ticket.Note{Ticket: never, Text: "不该"}),
	}
	var line syncproto.Link
	for i, note := range notes {
		release := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandReleaseParked, Operator: "周敏",
			Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: stolen.Hand(note).Verdict.Command, Reject: i > 0})}
		id := w.Ledger.Identity()
		e := syncproto.Seal(release, id.ServerKey, id.OperatorDevice, id.OperatorDevice, line) // a world has one key for both
		line = e.Link()
		w.Commit(ledger.Submission{Source: ledger.FromOperator, Command: e, Received: w.Now})
	}
	if v := desk.Give(syncproto.CommandOpen, w.Open(never, w.Department, "")); v.Outcome != syncproto.Rejected {
		t.Fatalf("the ticket is %v", v.Outcome)
	}
	if v := desk.Give(syncproto.CommandOpen, w.Open(late, w.East, "K7MQ-00001")); v.Outcome != syncproto.Accepted {
		t.Fatalf("the other ticket is %v %v", v.Outcome, v.Findings)
	}
	w.Verify()
	cutEverywhere(t, w.Path)
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wholeLog is a log, entry by entry.
type wholeLog struct {
	id       store.Identity
	entries  []syncproto.Entry
	headers  []syncproto.Header
	payloads []syncproto.Payload
	intents  []syncproto.Intent
	commands []*handedOver
}

// handedOver is a command of a desk or the command line: when it first came, what its device was told of it that a
// restored server has to keep to, and how it ended.
type handedOver struct {
	at      int
	command syncproto.Envelope
	intent  syncproto.Intent
	waited  bool
	told    syncproto.Verdict
	end     syncproto.Verdict
}

func readWholeLog(t *testing.T, path string) *wholeLog {
	t.Helper()
	s, err := store.OpenToRead(t.Context(), path)
	noError(t, err)
	l := &wholeLog{}
	l.id, err = s.Identity(t.Context())
	noError(t, err)
	noError(t, s.View(t.Context(), func(v *store.View) (err error) {
		l.entries, err = v.Entries(0, 1<<16)
		return err
	}))
	noError(t, s.Close())
	waiting := map[uint64]*handedOver{}
	for i, e := range l.entries {
		var header syncproto.Header
		var p syncproto.Payload
		var intent syncproto.Intent
		noError(t, errors.Join(syncproto.Decode(e.Header, &header), syncproto.Decode(e.Payload, &p), syncproto.Decode(p.Command.Intent, &intent)))
		l.headers, l.payloads, l.intents = append(l.headers, header), append(l.payloads, p), append(l.intents, intent)
		if p.Command.Device.IsZero() {
			continue
		}
		c := waiting[p.Releases]
		if p.Releases == 0 {
			c = &handedOver{at: i, command: p.Command, intent: intent, waited: p.Outcome == syncproto.Parked}
			waiting[header.Seq] = c
			l.commands = append(l.commands, c)
		}
		if !p.First.IsZero() {
			c.told = p.First
		}
		if c.end = (syncproto.Verdict{Command: intent.ID, Hash: p.Command.CommandHash(), Epoch: header.Epoch, Seq: header.Seq, Time: header.Time,
			Within: p.Within, Outcome: p.Outcome, Findings: p.Findings}).Sign(l.id.LogID, l.id.ServerKey); c.told.Outcome == 0 || c.told.Outcome == syncproto.Parked {
			c.told = c.end
		}
	}
	return l
}

// lacks says that the first k entries of the log have not the one that told it.
func (l *wholeLog) lacks(v syncproto.Verdict, k int) bool {
	return v.Seq > uint64(k) || l.headers[v.Seq-1].Epoch != v.Epoch
}

// odd says that the entry is one behind which a copy should not end.
func (l *wholeLog) odd(i int) bool {
	p, kind := l.payloads[i], l.intents[i].Kind
	return p.Outcome != syncproto.Accepted || p.Releases != 0 || kind == syncproto.CommandRestore || kind == syncproto.CommandReleaseParked
}

// cutEverywhere takes the log from its copy, entry by entry, and restores it at each that is odd and beside it.
func cutEverywhere(t *testing.T, path string) {
	t.Helper()
	log := readWholeLog(t, path)
	one := &again{T: t, path: filepath.Join(t.TempDir(), "one.db")}
	s, err := store.Open(t.Context(), one.path)
	noError(t, err)
	first := log.id
	first.Epoch = log.headers[0].Epoch
	noError(t, errors.Join(s.Initialise(t.Context(), first), s.Close()))
	one.open()
	for k := 1; k <= len(log.entries); k++ {
		one.replay(log, k-1, k)
		if log.odd(k-1) || k < len(log.entries) && log.odd(k) {
			for n, c := range []*again{{}, {late: true}, {older: true}, {late: true, older: true, rekeyed: true}} {
				if n == 0 || n == 1+k%3 {
					c.T, c.log, c.k, c.ids, c.path = t, log, k, new(uint64), filepath.Join(t.TempDir(), "again.db")
					c.from(one.path)
				}
			}
		}
	}
	one.same(path, "one by one")
	one.close()
}

// again is a database that is made of the first entries of a log.
type again struct {
	*testing.T
	log                  *wholeLog
	k                    int
	late, older, rekeyed bool
	path                 string
	store                *store.Store
	ledger               *ledger.Ledger
	now                  syncproto.Instant
	ids                  *uint64
}

func (a *again) fails(format string, values ...any) {
	a.Helper()
	a.Errorf("cut after %d, late %v, older %v, rekeyed %v: %s", a.k, a.late, a.older, a.rekeyed, fmt.Sprintf(format, values...))
}

func (a *again) newID() syncproto.ID {
	*a.ids++
	return syncproto.Derive("made again", syncproto.NumberedID(*a.ids))
}

func (a *again) open() {
	a.Helper()
	var err error
	a.store, err = store.Open(a.Context(), a.path)
	noError(a.T, err)
	a.ledger, err = ledger.Open(a.Context(), a.store, a.newID, zerolog.Nop())
	noError(a.T, err)
}

func (a *again) close() { noError(a.T, a.store.Close()) }

func (a *again) replay(log *wholeLog, from, to int) {
	a.Helper()
	for i := from; i < to; {
		n := i + 1
		for n < to && log.headers[n].Epoch == log.headers[i].Epoch {
			n++
		}
		noError(a.T, a.ledger.Replay(a.Context(), log.headers[i].Epoch, log.entries[i:n]))
		i = n
	}
}

// same compares what follows from the log with another database: why something waits no entry says.
func (a *again) same(path, doing string) {
	a.Helper()
	got, want := rowsOfLog(a.T, a.path), rowsOfLog(a.T, path)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			a.Errorf("%s it has %d rows, and had %d; they differ from row %d on:\n%.300s\n%.300s", doing, len(got), len(want), i,
				strings.Join(got[min(i, len(got)):], ""), strings.Join(want[min(i, len(want)):], ""))
			return
		}
	}
}

func rowsOfLog(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	noError(t, err)
	for _, from := range []string{
		"* FROM entry ORDER BY seq", "kind, id, version, seq, next_due, body FROM document ORDER BY kind, id", "* FROM history ORDER BY kind, id, version",
		"* FROM membership ORDER BY bucket, kind, id", "* FROM command ORDER BY id", "* FROM refused ORDER BY kind, id",
		"command, seq, told FROM parked ORDER BY command", "manager FROM thawed ORDER BY manager",
	} {
		rows, err := db.QueryContext(t.Context(), "SELECT "+from)
		noError(t, err)
		columns, err := rows.Columns()
		noError(t, err)
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			noError(t, rows.Scan(into...))
			all = append(all, fmt.Sprintf("%s: %x", from, values))
		}
		noError(t, errors.Join(rows.Err(), rows.Close()))
	}
	noError(t, db.Close())
	return all
}

// take is the database as it was after so many entries of a log, in the epoch that it is in then.
func (a *again) take(from string, epoch uint32) {
	a.Helper()
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(from + end)
		if err == nil {
			err = os.WriteFile(a.path+end, data, 0o600)
		}
		if !errors.Is(err, os.ErrNotExist) {
			noError(a.T, err)
		}
	}
	a.inEpoch(epoch)
}

func (a *again) inEpoch(epoch uint32) {
	a.Helper()
	db, err := sql.Open("sqlite", a.path)
	noError(a.T, err)
	_, err = db.ExecContext(a.Context(), "UPDATE identity SET epoch = ?", epoch)
	noError(a.T, errors.Join(err, db.Close()))
}

// restores begins a new epoch. It audits the whole.
func (a *again) restores(outbox *commandLine) {
	a.Helper()
	wish := restore.Wish{Path: a.path, Older: a.older, By: "周敏", Outbox: outbox, NewID: a.newID, Now: a.now, Log: zerolog.Nop()}
	if _, err := restore.Run(a.Context(), wish); err != nil {
		a.fails("%v", err)
		a.FailNow()
	}
	a.open()
	noError(a.T, a.ledger.Retry(a.Context(), a.now))
	a.ledger.Await(a.ledger.Reference().AllDevices())
}

// from restores what the log has up to the cut, and hands in what it lacks.
func (a *again) from(path string) {
	a.Helper()
	last := a.log.headers[len(a.log.headers)-1]
	a.take(path, a.log.headers[a.k-1].Epoch)
	a.now = last.Time.Add(syncproto.Hour)
	outbox := &commandLine{epoch: last.Epoch}
	for _, c := range a.log.commands {
		if c.command.Device == a.log.id.OperatorDevice {
			outbox.all = append(outbox.all, operator.Given{Command: c.command, First: c.told})
		}
	}
	a.restores(outbox)
	lacking, err := a.store.Reoffered(a.Context())
	noError(a.T, err)
	var inTime []ledger.Submission
	for _, c := range lacking {
		inTime = append(inTime, ledger.Submission{Source: ledger.FromOperator, Command: c.Command, Received: a.now, First: c.First, Unheard: c.First.IsZero()})
	}
	var later []syncproto.ID
	for _, device := range a.devices() {
		if _, known := a.ledger.Reference().Device(device); !known || a.late {
			later = append(later, device)
			continue
		}
		inTime = append(inTime, a.reports(device)...)
	}
	a.commit(inOrderOf(inTime))
	noError(a.T, a.ledger.EndRestoring(a.Context(), a.now))
	for _, device := range later {
		a.commit(a.reports(device))
	}
	for _, device := range a.ledger.Reference().AllDevices() { // who had nothing to say
		noError(a.T, a.ledger.Told(a.Context(), a.now, device, nil, true))
	}
	a.audit()
	a.keepsToWhatWasTold()
	a.lostToo(path)
	a.close()
}

// devices are those whose commands the log has, in the order in which they first came.
func (a *again) devices() (all []syncproto.ID) {
	for _, c := range a.log.commands {
		if device := c.command.Device; device != a.log.id.OperatorDevice && !slices.Contains(all, device) {
			all = append(all, device)
		}
	}
	return all
}

// reports has a device say what it was told, and gives what it hands in: in its line as it was, or in a new one.
func (a *again) reports(device syncproto.ID) (handsIn []ledger.Submission) {
	a.Helper()
	own := func(intent syncproto.Intent) {
		intent.ID = syncproto.ID{}
		a.commit([]ledger.Submission{a.ledger.Own(intent, a.now)})
	}
	for i := a.k; i < len(a.log.intents); i++ { // by its code, as it was
		if _, known := a.ledger.Reference().Device(device); !known && a.log.intents[i].Kind == syncproto.CommandEnrolDevice && a.log.intents[i].Subject.ID == device {
			own(a.log.intents[i])
		}
	}
	var told []syncproto.Verdict
	var gap bool
	for _, c := range a.log.commands {
		switch {
		case c.command.Device != device:
		case c.at >= a.k:
			handsIn = append(handsIn, ledger.Submission{Source: ledger.FromDesk, Command: c.command, Received: a.now, First: c.told})
			known, _ := a.ledger.Reference().Device(device)
			gap = gap || !known.Takes(c.command.Incarnation)
		case c.waited && c.told.Outcome != syncproto.Parked && a.log.lacks(c.told, a.k):
			told = append(told, c.told)
		}
	}
	if (a.rekeyed || gap) && len(handsIn) > 0 {
		var last syncproto.Link
		intent, err := rules.Write(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: device, Incarnation: a.newID()})
		noError(a.T, err)
		intent.Operator = "server"
		own(intent)
		known, _ := a.ledger.Reference().Device(device)
		for i, s := range handsIn {
			handsIn[i].Command = syncproto.Reseal(s.Command, known.Incarnation, last)
			last = handsIn[i].Command.Link()
		}
	}
	noError(a.T, a.ledger.Told(a.Context(), a.now, device, told, true))
	return handsIn
}

// inOrderOf is the order of their first verdicts, of one line its own, as the gateway has it.
func inOrderOf(submissions []ledger.Submission) []ledger.Submission {
	type place struct {
		ledger.Submission
		at store.Head
	}
	places, next := make([]place, len(submissions)), map[syncproto.ID]store.Head{}
	for i, s := range slices.Backward(submissions) {
		at := store.Head{Epoch: s.First.Epoch, Seq: s.First.Seq}
		if behind, is := next[s.Command.Incarnation]; is && (s.First.IsZero() || compareHeads(at, behind) > 0) {
			at = behind
		}
		next[s.Command.Incarnation], places[i] = at, place{s, at}
	}
	slices.SortStableFunc(places, func(a, b place) int { return compareHeads(a.at, b.at) })
	for i, p := range places {
		submissions[i] = p.Submission
	}
	return submissions
}

func compareHeads(a, b store.Head) int {
	if a.Epoch != b.Epoch {
		return int(a.Epoch) - int(b.Epoch)
	}
	return int(a.Seq) - int(b.Seq)
}

func (a *again) commit(submissions []ledger.Submission) {
	a.Helper()
	a.now++
	results, err := a.ledger.Commit(a.Context(), a.now, submissions)
	noError(a.T, err)
	for _, r := range results {
		if r.Problem != nil {
			a.fails("handed in: %v", r.Problem)
		}
	}
}

func (a *again) audit() {
	a.Helper()
	report, err := audit.Run(a.Context(), a.store)
	noError(a.T, err)
	for _, wrong := range report.Wrong {
		a.fails("%s", wrong)
	}
}

// waits is what waits. None of it does for what is there or was refused, nor behind nothing.
func (a *again) waits() map[syncproto.ID]store.Parked {
	a.Helper()
	waits := map[syncproto.ID]store.Parked{}
	noError(a.T, a.store.View(a.Context(), func(v *store.View) error {
		all, err := v.Parked()
		heads := map[string]bool{}
		for _, p := range all {
			line := p.Device.String() + p.Subject.String()
			if p.Code == syncproto.CodeWaitsBehind && !heads[line] {
				a.fails("%v waits behind nothing", p.Command)
			}
			waits[p.Command], heads[line] = p, true
			if _, there, look := v.Document(p.Doc); look != nil || there {
				a.fails("%v waits for %v, which is there (%v)", p.Command, p.Doc, look)
			}
		}
		return err
	}))
	return waits
}

// keepsToWhatWasTold: every command is there, and ended as was told, or as a person had said, or waits.
func (a *again) keepsToWhatWasTold() {
	a.Helper()
	waits := a.waits()
	noError(a.T, a.store.View(a.Context(), func(v *store.View) error {
		for _, c := range a.log.commands {
			got, there, err := v.Command(c.intent.ID)
			if err != nil {
				return err
			}
			var verdict syncproto.Verdict
			if !there || syncproto.Decode(got.Verdict, &verdict) != nil {
				a.fails("the %v of entry %d is lost", c.intent.Kind, c.at+1)
				continue
			}
			released := c.intent.Kind == syncproto.CommandReleaseParked || c.intent.Kind == syncproto.CommandRelease // of what does not wait here
			p, parked := waits[got.ID]
			right := c.told.Outcome == syncproto.Parked || released || !parked && got.Outcome == c.end.Outcome ||
				!parked && got.Outcome == c.told.Outcome || p.Code.OnlyByPerson() || p.Code == syncproto.CodeWaitsBehind
			paid := got.Outcome == syncproto.Accepted && len(verdict.Findings) == 0 && len(c.told.Findings) > 0 && len(c.end.Findings) > 0
			if !right || paid {
				a.fails("the %v of entry %d was told %v %v, and is %v %v %s", c.intent.Kind, c.at+1, c.told.Outcome, c.told.Findings,
					got.Outcome, verdict.Findings, p.Code)
			}
		}
		return nil
	}))
}

// lostToo loses that disk as well, and makes it anew of its own copy. What waits there waits on, or ends as was told.
func (a *again) lostToo(path string) {
	a.Helper()
	log := readWholeLog(a.T, a.path)
	next := &again{T: a.T, log: log, k: len(log.entries), path: filepath.Join(a.TempDir(), "next.db"), now: a.now, ids: a.ids}
	next.take(path, a.log.headers[a.k-1].Epoch)
	next.open()
	next.replay(log, a.k, len(log.entries))
	next.same(a.path, fmt.Sprintf("cut after %d, late %v, older %v, rekeyed %v: from its own copy", a.k, a.late, a.older, a.rekeyed))
	next.close()
	next.inEpoch(log.headers[next.k-1].Epoch)
	next.restores(&commandLine{epoch: log.headers[next.k-1].Epoch})
	for _, device := range next.ledger.Reference().AllDevices() {
		noError(a.T, next.ledger.Told(a.Context(), a.now, device, nil, true))
	}
	noError(a.T, next.ledger.EndRestoring(a.Context(), a.now))
	next.audit()
	waits := next.waits()
	for id, before := range a.waits() {
		now, still := waits[id]
		if still && (now.Code != before.Code || now.Doc != before.Doc) || !still && !before.Code.OnlyByPerson() {
			a.fails("from its own copy what waited (%s) waits %v (%s)", before.Code, still, now.Code)
		}
	}
	next.close()
}
