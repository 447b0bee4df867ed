package redress_test

import (
	"bytes"
	"crypto/ed25519"
	"database/sql"
	"path/filepath"
	"testing"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// rogue is an enrolled device with another program: it says what it likes, signed by its
// own key.
type rogue struct {
	w           *walk
	key         ed25519.PrivateKey
	person      syncproto.ID
	device      syncproto.ID
	incarnation syncproto.ID
	link        syncproto.Link
	token       string
}

func (w *walk) rogue(p *place) *rogue {
	r := &rogue{w: w, key: w.chance.key(), person: p.person, incarnation: w.chance.id()}
	public, _ := r.key.Public().(ed25519.PublicKey)
	code, _, err := w.access.IssueCode(w.ctx, w.now, p.person, "scenario")
	w.must(err)
	enrolled, err := w.access.Enrol(w.ctx, w.now, syncproto.EnrolRequest{Code: code, Login: p.name, Key: public, Name: "rogue", Incarnation: r.incarnation}.Sign(r.key))
	w.must(err)
	r.device = enrolled.Device
	in, err := w.access.Login(w.ctx, w.now, syncproto.LoginRequest{Device: r.device, Login: p.name, Password: password, Nonce: w.access.Nonce(w.now)}.Sign(r.key))
	w.must(err)
	r.token = in.Token
	return r
}

func (r *rogue) intent(kind syncproto.CommandKind, command any) syncproto.Intent {
	intent, err := rules.Write(kind, command)
	r.w.must(err)
	intent.ID, intent.Person, intent.Known = r.w.chance.id(), r.person, 1<<40
	intent.Readings.Reading.Wall = r.w.now
	return intent
}

func (r *rogue) seal(intent syncproto.Intent) syncproto.Envelope {
	e := syncproto.Seal(intent, r.key, r.device, r.incarnation, r.link)
	r.link = e.Link()
	return e
}

// hands gives envelopes to the ledger as its session would.
func (r *rogue) hands(envelopes ...syncproto.Envelope) []ledger.Result {
	var all []ledger.Submission
	for _, e := range envelopes {
		all = append(all, ledger.Submission{Source: ledger.FromDesk, Command: e, Received: r.w.now})
	}
	results, err := r.w.ledger.Commit(r.w.ctx, r.w.now, all)
	r.w.must(err)
	return results
}

// What a device may not do is rejected, on record and without effect, whoever signed it.
func TestWhatADeviceMayNotDo(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	seat, other := w.rogue(w.places[0]), w.places[2]
	boss := w.rogue(other)
	var grant syncproto.ID
	for _, g := range must(other.replica.GrantsLeft(w.ctx)) {
		grant = g.Grant.ID
	}
	month := syncproto.MonthOf(w.now)
	sun, tablet := w.rogue(w.called("sun")), w.rogue(other)
	of, own := sun.rightOffered(), tablet.rightOffered()
	paid := claim.File{ID: w.chance.id(), Ticket: on, Kind: claim.Goodwill, Amount: 100, What: "补贴"}
	if v := seat.hands(seat.seal(seat.intent(syncproto.CommandFileClaim, paid)))[0].Verdict; v.Outcome != syncproto.Accepted {
		t.Fatal(v)
	}
	note := seat.intent(syncproto.CommandNote, ticket.Note{Ticket: on, Text: "日志"})
	approval := func(shares ...syncproto.Share) syncproto.Intent {
		i := boss.intent(syncproto.CommandApproveClaim, claim.Approve{Claim: paid.ID, Round: 1, Amount: 100, Month: month, Reason: "维系客户"})
		i.Shares = shares
		return i
	}
	change := func(i syncproto.Intent, how func(*syncproto.Intent)) syncproto.Intent { how(&i); return i }
	tick := must(rules.Tick(ticket.Ref(on)))
	tick.ID, tick.Person = w.chance.id(), seat.person
	issue := must(rules.Write(syncproto.CommandIssueGrant, authority.IssueGrant{Manager: boss.person, Month: month, Device: boss.device, Incarnation: boss.incarnation}))
	issue.ID, issue.Person = w.chance.id(), boss.person
	me := organisation.Person{Name: "x", Login: "wang", Roles: policy.Roles(), Units: w.places[0].units}
	for _, c := range []struct {
		story  string
		by     *rogue
		intent syncproto.Intent
		code   syncproto.Code
	}{
		{"speaks as the operator", seat, change(note, func(i *syncproto.Intent) { i.Operator = "root" }), syncproto.CodeNotAllowed},
		{"speaks as somebody else", seat, change(note, func(i *syncproto.Intent) { i.Person = other.person }), syncproto.CodeNotAllowed},
		{"ticks", seat, tick, syncproto.CodeNotAllowed},
		{"issues itself a grant", boss, issue, syncproto.CodeNotAllowed},
		{"gives itself every role", seat, seat.intent(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: seat.person, Person: me}), syncproto.CodeNotAllowed},
		{"enrols a device", seat, seat.intent(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: w.chance.id(), Device: organisation.Device{
			Person: other.person, Name: "x", Code: "Q9ZZ", Key: make([]byte, 32), Incarnation: w.chance.id()}}), syncproto.CodeNotAllowed},
		{"takes over another's device", seat, seat.intent(syncproto.CommandRekeyDevice, organisation.RekeyDevice{
			ID: other.replica.Owner().Device, Incarnation: w.chance.id()}), syncproto.CodeNotAllowed},
		{"issues a policy", seat, seat.intent(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(w.policy.Number + 1)}), syncproto.CodeNotAllowed},
		{"a seat approves", seat, change(approval(syncproto.Share{Grant: grant, Amount: 100}), func(i *syncproto.Intent) { i.Person = seat.person }), syncproto.CodeNeverRole},
		{"takes another device's grant", boss, boss.intent(syncproto.CommandTakeGrant, authority.TakeGrant{Grant: own, Month: month, Manager: boss.person}), authority.CodeNoSuchGrant},
		{"takes another manager's grant", boss, boss.intent(syncproto.CommandTakeGrant, authority.TakeGrant{Grant: of, Month: month, Manager: sun.person}), authority.CodeNoSuchGrant},
		{"spends another device's grant", boss, approval(syncproto.Share{Grant: grant, Amount: 100}), authority.CodeNoSuchGrant},
		{"spends a grant there never was", boss, approval(syncproto.Share{Grant: w.chance.id(), Amount: 100}), authority.CodeNoSuchGrant},
		{"spends nothing", boss, approval(), authority.CodeSharesDiffer},
		{"spends less than it approves", boss, approval(syncproto.Share{Grant: grant, Amount: 99}), authority.CodeNoSuchGrant},
		{"gives itself money", boss, approval(syncproto.Share{Grant: grant, Amount: -100}), authority.CodeSharesDiffer},
		{"names too many grants", boss, approval(make([]syncproto.Share, syncproto.MaxShares+1)...), syncproto.CodeTooLarge},
		{"shows too many grants", boss, change(approval(syncproto.Share{Grant: grant, Amount: 100}), func(i *syncproto.Intent) { i.Grants = make([]syncproto.SignedGrant, syncproto.MaxShares+1) }), syncproto.CodeTooLarge},
		{"says too much", seat, change(note, func(i *syncproto.Intent) { i.Body = make([]byte, syncproto.MaxCommandBody+1) }), syncproto.CodeTooLarge},
		{"says far too much", seat, change(note, func(i *syncproto.Intent) { i.Body = make([]byte, syncproto.MaxIntent) }), syncproto.CodeTooLarge},
		{"is about another document than it says", seat, change(note, func(i *syncproto.Intent) { i.Subject = ticket.Ref(w.chance.id()) }), syncproto.CodeMalformed},
		{"nests what it says without an end", seat, change(note, func(i *syncproto.Intent) { i.Body = bytes.Repeat([]byte{0x81}, 10_000) }), syncproto.CodeMalformed},
		{"claims a huge list", seat, change(note, func(i *syncproto.Intent) { i.Body = []byte{0x9b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff} }), syncproto.CodeMalformed},
		{"has no id", seat, change(note, func(i *syncproto.Intent) { i.ID = syncproto.ID{} }), syncproto.CodeMalformed},
		{"takes the id of another's command", seat, change(note, func(i *syncproto.Intent) { i.ID = w.places[0].order[0].id }), syncproto.CodeSameIDOtherHash},
	} {
		t.Run(c.story, func(t *testing.T) {
			if c.intent.ID == note.ID {
				c.intent.ID = w.chance.id()
			}
			before := w.ledger.Head().Seq
			result := c.by.hands(c.by.seal(c.intent))[0]
			if result.Problem != nil || result.Verdict.Outcome != syncproto.Rejected || result.Verdict.Findings[0].Code != c.code {
				t.Fatalf("%v %v, want rejected: %s", result.Problem, result.Verdict, c.code)
			}
			entries := w.log()[before:]
			if len(entries) != 1 || len(entries[0].Events) > 0 {
				t.Fatalf("%d entries: %+v", len(entries), entries)
			}
		})
	}
	w.must(w.Verify())
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// A signature that does not fit is on record; the true command that comes later is
// another one and has its effect.
func TestAFalseSignatureTakesNothingAway(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	honest, forger := w.rogue(w.places[0]), w.rogue(w.places[1])
	intent := honest.intent(syncproto.CommandNote, ticket.Note{Ticket: on, Text: "日志"})
	forged := syncproto.Seal(intent, forger.key, forger.device, forger.incarnation, forger.link)
	if v := forger.hands(forged)[0].Verdict; v.Outcome != syncproto.Rejected {
		t.Fatalf("somebody else's command: %+v", v)
	}
	if v := honest.hands(honest.seal(intent))[0].Verdict; v.Outcome != syncproto.Accepted {
		t.Fatalf("the true command: %+v", v)
	}
	w.must(w.Verify())
}

// What does not follow in the line of its device ends the session and leaves no trace.
func TestOutOfLine(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	r := w.rogue(w.places[0])
	next := func() syncproto.Envelope {
		return syncproto.Seal(r.intent(syncproto.CommandNote, ticket.Note{Ticket: on, Text: "日志"}), r.key, r.device, r.incarnation, r.link)
	}
	first := next()
	r.link = first.Link()
	r.hands(first)
	gap, forked, other, stranger, again := next(), next(), next(), next(), next()
	gap.Counter++
	forked.DeviceHash[0]++
	other.Incarnation = w.chance.id()
	stranger.Device = w.chance.id()
	again.Counter = first.Counter
	head := w.ledger.Head()
	for story, e := range map[string]syncproto.Envelope{"a gap": gap, "another chain": forked, "another incarnation": other,
		"an unknown device": stranger, "a place that is taken": again} {
		if result := r.hands(e)[0]; result.Problem == nil {
			t.Errorf("%s: %+v", story, result.Verdict)
		}
	}
	if w.ledger.Head() != head {
		t.Error("something of it is in the log")
	}
	if result := r.hands(first)[0]; result.Problem != nil || result.Verdict.Outcome != syncproto.Accepted {
		t.Errorf("the first once more: %+v", result)
	}
}

// The approval of a claim that is not there waits for it, what comes after it about the
// claim waits behind, everything else flows; and all is decided by the entry that files
// the claim, in order (counterexamples A5, A11).
func TestAnApprovalWaitsForItsClaim(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	seat, boss := w.rogue(w.places[0]), w.rogue(w.places[2])
	grant := boss.rightGrant()
	paid := claim.File{ID: w.chance.id(), Ticket: on, Kind: claim.Warranty, What: "更换总成"}
	approve := func() syncproto.Envelope {
		i := boss.intent(syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: paid.ID, Round: 1, Month: syncproto.MonthOf(w.now), Reason: "维系客户"})
		i.Shares = []syncproto.Share{{Grant: grant}}
		return boss.seal(i)
	}
	results := boss.hands(approve(), approve(), boss.seal(boss.intent(syncproto.CommandNote, ticket.Note{Ticket: on, Text: "日志"})))
	for i, want := range []syncproto.Code{syncproto.CodeWaitsForDoc, syncproto.CodeWaitsBehind, ""} {
		v := results[i].Verdict
		if parked := v.Outcome == syncproto.Parked; parked != (want != "") || parked && v.Findings[0].Code != want {
			t.Fatalf("command %d: %+v", i, v)
		}
	}
	w.must(w.Verify())
	w.killServer()
	w.killServer()
	seat.hands(seat.seal(seat.intent(syncproto.CommandFileClaim, paid)))
	records := w.log()
	first, second := records[len(records)-2], records[len(records)-1]
	if first.Outcome != syncproto.Accepted || len(first.Findings) > 0 || first.Releases != results[0].Verdict.Seq {
		t.Errorf("the first approval: %v %v", first.Outcome, first.Findings)
	}
	if second.Outcome != syncproto.Accepted || len(second.Findings) != 1 || second.Findings[0].Code != claim.CodeDuplicate {
		t.Errorf("the second approval: %v %v", second.Outcome, second.Findings)
	}
	w.must(w.Verify())
}

// A command that waits is missed when the table of what waits has lost it: it would never
// be decided.
func TestWhatWaitsIsNotForgotten(t *testing.T) {
	w := caseOf(t)
	seat := w.rogue(w.places[0])
	lost := seat.hands(seat.seal(seat.intent(syncproto.CommandNote, ticket.Note{Ticket: w.chance.id(), Text: "日志"})))[0].Verdict
	if lost.Outcome != syncproto.Parked {
		t.Fatal(lost)
	}
	w.must(w.Verify())
	db := must(sql.Open("sqlite", filepath.Join(w.dir, "central.db")))
	must(db.ExecContext(w.ctx, "DELETE FROM parked"))
	w.must(db.Close())
	if w.Verify() == nil {
		t.Error("verify passes")
	}
}

// rightGrant has the device issued the right to approve warranty orders, and takes it.
func (r *rogue) rightGrant() syncproto.ID {
	id := r.rightOffered()
	r.hands(r.seal(r.intent(syncproto.CommandTakeGrant, authority.TakeGrant{Grant: id, Month: syncproto.MonthOf(r.w.now), Manager: r.person})))
	return id
}

// rightOffered has the device issued that right. It has not taken it.
func (r *rogue) rightOffered() syncproto.ID {
	for _, intent := range rules.WhenConnected(r.person, rules.Connected{Device: r.device, Incarnation: r.incarnation}, nil, r.w.now, r.w.ledger.Reference()) {
		must(r.w.ledger.Commit(r.w.ctx, r.w.now, []ledger.Submission{r.w.ledger.Own(intent, r.w.now)}))
	}
	body, _, _ := r.w.Document(authority.Ref(r.person, syncproto.MonthOf(r.w.now)))
	account, _ := body.(authority.Body)
	for _, g := range account.Grants {
		if g.Device == r.device && g.Kind == syncproto.GrantRight {
			return g.ID
		}
	}
	r.w.t.Fatal("no right was issued")
	return syncproto.ID{}
}
