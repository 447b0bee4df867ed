package ledger_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// became is what the table of commands says of each, with the first finding.
func became(w *ledgertest.World, envelopes ...syncproto.Envelope) string {
	w.T.Helper()
	var all []string
	for _, e := range envelopes {
		c := w.Command(idOf(w, e))
		var v syncproto.Verdict
		if err := syncproto.Decode(c.Verdict, &v); err != nil {
			w.T.Fatal(err)
		}
		text := v.Outcome.String()
		for _, f := range v.Findings {
			text += " " + string(f.Code)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

func (m *manager) expect(want string, envelopes ...syncproto.Envelope) {
	m.T.Helper()
	if got := became(m.World, envelopes...); got != want {
		m.T.Errorf("they are\n  %s; want\n  %s", got, want)
	}
}

func refusals(w *ledgertest.World) (all []store.Refusal) {
	w.T.Helper()
	err := w.Store.View(w.T.Context(), func(v *store.View) (err error) {
		all, err = v.Refusals()
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// manager is a desk of the manager of the east with its grants, and a ticket of the west,
// on which the manager may file nothing.
type manager struct {
	*ledgertest.Desk
	west          syncproto.ID
	amount, right syncproto.ID
}

func grants(t *testing.T) *manager {
	w := ledgertest.New(t)
	m := &manager{Desk: w.Desk(w.Manager, "LI01"), west: w.ID()}
	w.Desk(w.Seat, "K7MQ").Give(syncproto.CommandOpen, w.Open(m.west, w.West, "K7MQ-00001"))
	m.connect()
	return m
}

func (m *manager) month() syncproto.Month { return syncproto.MonthOf(m.Now) }

func (m *manager) account() authority.Body {
	d, _ := m.Document(authority.Ref(m.Person, m.month()))
	var body authority.Body
	if err := syncproto.Decode(d.Body, &body); err != nil {
		m.T.Fatal(err)
	}
	return body
}

// connect issues what the desk should have, and takes it.
func (m *manager) connect() {
	m.T.Helper()
	m.Own(syncproto.CommandIssueGrant, authority.IssueGrant{Manager: m.Person, Month: m.month(), Device: m.Device, Incarnation: m.Incarnation})
	for _, g := range authority.Offered(authority.Ref(m.Person, m.month()), m.account(), m.Incarnation) {
		m.Give(syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: m.month(), Manager: m.Person})
		if g.Kind == syncproto.GrantAmount {
			m.amount = g.ID
		} else {
			m.right = g.ID
		}
	}
}

// file and approve are a claim on a ticket and its approval, in the desk's line.
func (m *manager) file(id, on syncproto.ID, amount syncproto.Fen) syncproto.Envelope {
	c := claim.File{ID: id, Ticket: on, Kind: claim.Goodwill, Amount: amount, What: "补贴"}
	if amount == 0 {
		c.Kind = claim.Warranty
	}
	return m.Make(syncproto.CommandFileClaim, c)
}

func (m *manager) approve(id syncproto.ID, amount syncproto.Fen) syncproto.Envelope {
	if amount == 0 {
		intent := m.Intent(syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: id, Round: 1, Month: m.month(), Reason: "包修"})
		intent.Shares = []syncproto.Share{{Grant: m.right}}
		return m.Seal(intent)
	}
	intent := m.Intent(syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: 1, Amount: amount, Month: m.month(), Reason: "维系客户"})
	intent.Shares = []syncproto.Share{{Grant: m.amount, Amount: amount}}
	return m.Seal(intent)
}

func (m *manager) commit(envelopes ...syncproto.Envelope) []ledger.Result {
	m.T.Helper()
	var all []ledger.Submission
	for _, e := range envelopes {
		all = append(all, m.Submission(e))
	}
	return m.Commit(all...)
}

func (m *manager) money(spent, reserved, free syncproto.Fen) {
	m.T.Helper()
	if a := m.account(); a.Spent() != spent || a.Reserved() != reserved || a.Free() != free {
		m.T.Errorf("spent %v, reserved %v, free %v; want %v, %v, %v", a.Spent(), a.Reserved(), a.Free(), spent, reserved, free)
	}
}

// TestTheRejectionOfAFilingDecidesItsApproval: filed and approved offline, and the filing is
// rejected. The approval happened, so it is charged; it cannot stand, so it is given back.
// In one batch, and where the filing came first and the server restarted in between.
func TestTheRejectionOfAFilingDecidesItsApproval(t *testing.T) {
	const yuan = syncproto.Yuan
	for _, apart := range []bool{false, true} {
		m := grants(t)
		c, order := m.ID(), m.ID()
		files := []syncproto.Envelope{m.file(c, m.west, 800*yuan), m.file(order, m.west, 0)}
		later := []syncproto.Envelope{
			m.approve(c, 800*yuan), m.approve(order, 0), m.Make(syncproto.CommandRejectClaim, claim.Reject{Claim: c, Round: 1, Reason: "不属实"})}
		if apart {
			m.commit(files...)
			m.Restart()
			m.commit(later...)
		} else {
			m.commit(append(files, later...)...)
		}
		m.expect("rejected other-region, rejected other-region, accepted claim-refused, accepted claim-refused, rejected not-there", append(files, later...)...)
		m.money(0, 5200*yuan, 800*yuan)
		m.connect() // what came back is granted anew
		m.money(0, 6000*yuan, 0)
		m.Verify()
	}
}

// TestTheRejectionOfAnOpeningDecidesAllThatWaits: the commands of two desks wait for a
// ticket, and others behind them; the opening is rejected. Every one is decided in the
// batch of the rejection: those of a desk in their order, and what waits for the claim that
// now is never filed too.
func TestTheRejectionOfAnOpeningDecidesAllThatWaits(t *testing.T) {
	const yuan = syncproto.Yuan
	for _, restart := range []bool{false, true} {
		m := grants(t)
		on, c := m.ID(), m.ID()
		opens := m.World.Desk(m.Seat, "P3RT")
		other := m.World.Desk(m.Seat, "Q4SU")
		waiting := []syncproto.Envelope{
			m.Make(syncproto.CommandNote, note(on, "一")), m.Make(syncproto.CommandNote, note(on, "二")),
			m.file(c, on, 800*yuan), m.approve(c, 800*yuan), m.Make(syncproto.CommandNote, note(on, "三"))}
		m.commit(waiting...)
		call := other.Make(syncproto.CommandContact, ticket.Contact{Ticket: on, Direction: ticket.Inbound, Text: "催问"})
		other.Hand(call)
		m.expect("parked waits-for, parked waits-behind, parked waits-for, parked waits-behind, parked waits-behind, parked waits-for", append(waiting, call)...)
		m.money(0, 6000*yuan, 0)
		if restart {
			m.Restart()
		}
		bad := m.World.Open(on, m.Department, "P3RT-00001") // a department is no region
		rejection := opens.Give(syncproto.CommandOpen, bad)
		m.expect("rejected not-there, rejected not-there, rejected not-there, accepted claim-refused, rejected not-there, rejected not-there", append(waiting, call)...)
		var seqs []uint64
		for _, e := range waiting {
			seqs = append(seqs, m.Command(idOf(m.World, e)).Seq)
		}
		if seqs[0] >= seqs[1] || seqs[1] >= seqs[4] || seqs[2] >= seqs[3] || seqs[0] != rejection.Seq+1 {
			t.Errorf("rejected at %d, they were decided by the entries %v: not in their order", rejection.Seq, seqs)
		}
		m.money(0, 5200*yuan, 800*yuan)
		want := []store.Refusal{{Ref: ticket.Ref(on), Seq: rejection.Seq}, {Ref: claim.Ref(c), Seq: seqs[2]}}
		if got := refusals(m.World); !slices.Equal(got, want) {
			t.Errorf("refused are %v; want %v", got, want)
		}
		late := opens.Make(syncproto.CommandNote, note(on, "四"))
		opens.Hand(late)
		m.expect("rejected not-there", late)
		m.Verify()
	}
}

// TestWhatIsMadeAfterAllIsThere: another filing under the same id is accepted, and what
// comes then finds the claim.
func TestWhatIsMadeAfterAllIsThere(t *testing.T) {
	const yuan = syncproto.Yuan
	for _, restart := range []bool{false, true} {
		m := grants(t)
		c := m.ID()
		first := m.file(c, m.west, 800*yuan)
		m.commit(first)
		if restart {
			m.Restart()
		}
		m.Redefine(m.Person, organisation.Person{Name: "李强", Login: "li", Units: []syncproto.ID{m.East, m.West}, Roles: []policy.Role{policy.Manager}})
		again, approval := m.file(c, m.west, 800*yuan), m.approve(c, 800*yuan)
		m.commit(again, approval)
		m.expect("rejected other-region, accepted, accepted", first, again, approval)
		m.money(800*yuan, 5200*yuan, 0)
		if got := refusals(m.World); len(got) > 0 {
			t.Errorf("refused are still %v", got)
		}
		m.Restart()
		third := m.file(c, m.west, 800*yuan) // rejected too, and the claim is there
		m.commit(third)
		m.expect("rejected already", third)
		if got := refusals(m.World); len(got) > 0 {
			t.Errorf("refused are %v, and the claim is there", got)
		}
		m.Verify()
	}
}

// TestNobodyRefusesForAnother: what a device did not sign for its own person says nothing
// about a document, so what waits for its true opening goes on waiting.
func TestNobodyRefusesForAnother(t *testing.T) {
	for name, forge := range map[string]func(d *ledgertest.Desk, intent syncproto.Intent) syncproto.Envelope{
		"with a signature that does not fit": func(d *ledgertest.Desk, intent syncproto.Intent) syncproto.Envelope {
			e := d.Seal(intent)
			e.Signature[0]++
			return e
		},
		"in another's name": func(d *ledgertest.Desk, intent syncproto.Intent) syncproto.Envelope {
			intent.Person = d.Seat
			return d.Seal(intent)
		},
		"as the command line": func(d *ledgertest.Desk, intent syncproto.Intent) syncproto.Envelope {
			intent.Operator = "周敏"
			return d.Seal(intent)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := grants(t)
			on := m.ID()
			waits := m.Make(syncproto.CommandNote, note(on, "一"))
			m.commit(waits)
			rogue := m.World.Desk(m.Liaison, "R0GE")
			if v := rogue.Hand(forge(rogue, rogue.Intent(syncproto.CommandOpen, m.World.Open(on, m.East, "R0GE-00001")))).Verdict; v.Outcome != syncproto.Rejected {
				t.Fatalf("the forged opening was %v", v.Outcome)
			}
			m.expect("parked waits-for", waits)
			m.World.Desk(m.Seat, "P3RT").Give(syncproto.CommandOpen, m.World.Open(on, m.East, "P3RT-00001"))
			m.expect("accepted", waits)
			m.Verify()
		})
	}
}

// TestAFailedBatchRefusesNothing: what was not written is not remembered either.
func TestAFailedBatchRefusesNothing(t *testing.T) {
	m := grants(t)
	f := overFailing(t, m.World)
	on, opens := m.ID(), m.World.Desk(m.Seat, "P3RT")
	bad := opens.Make(syncproto.CommandOpen, m.World.Open(on, m.Department, "P3RT-00001")) // a department is no region
	f.fail = func(store.Batch) error { return store.ErrFull }
	if _, err := m.Ledger.Commit(t.Context(), m.Now.Add(1), []ledger.Submission{opens.Submission(bad)}); err == nil {
		t.Fatal("a full disk took it")
	}
	f.fail = func(store.Batch) error { return nil }
	waits := m.Make(syncproto.CommandNote, note(on, "一"))
	m.commit(waits)
	m.expect("parked waits-for", waits)
	opens.Hand(bad)
	m.expect("rejected not-there", waits)
	m.Verify()
}

// TestALogFromBeforeIsHealed: a release that did not remember refusals let an approval wait
// for ever. The first start of this one decides it.
func TestALogFromBeforeIsHealed(t *testing.T) {
	const yuan = syncproto.Yuan
	m := grants(t)
	c := m.ID()
	filing, approval := m.file(c, m.west, 800*yuan), m.approve(c, 800*yuan)
	m.commit(filing)
	behindItsBack := func(statement string, values ...any) {
		db, err := sql.Open("sqlite", m.Path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statement, values...); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	behindItsBack("DELETE FROM refused")
	m.Restart()
	m.commit(approval)
	m.expect("rejected other-region, parked waits-for", filing, approval)
	m.Verify() // as good as it could be then
	behindItsBack("INSERT INTO refused VALUES (?, ?, ?)", syncproto.KindClaim, c[:], m.Command(idOf(m.World, filing)).Seq)
	if report, err := audit.Run(t.Context(), m.Store); err != nil || len(report.Wrong) != 1 || !strings.Contains(report.Wrong[0], "waits for claim") {
		t.Errorf("of an approval that waits for a refused claim verify says %v: %v", report.Wrong, err)
	}
	behindItsBack("DELETE FROM refused")
	if err := m.Ledger.Retry(t.Context(), m.Now); err != nil {
		t.Fatal(err)
	}
	m.expect("rejected other-region, accepted claim-refused", filing, approval)
	m.money(0, 5200*yuan, 800*yuan)
	head := m.Ledger.Head()
	m.Restart()
	if err := m.Ledger.Retry(t.Context(), m.Now); err != nil || m.Ledger.Head() != head {
		t.Errorf("the next start: %v, log from %v to %v", err, head, m.Ledger.Head())
	}
	m.Verify()
}
