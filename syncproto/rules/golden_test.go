package rules_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

var record = flag.String("record", "", "write the story as a golden log of that name, for a new release")

// telling is a story in which every command and every event of this release occurs.
type telling struct {
	*Log
	t        testing.TB
	commands []told
}

type told struct {
	kind syncproto.CommandKind
	body []byte
}

func newTelling() *telling { return &telling{Log: NewLog()} }

func (s *telling) give(g Given) syncproto.ID {
	s.t.Helper()
	r := s.Give(g)
	if r.Outcome != syncproto.Accepted {
		s.t.Fatalf("%v was %v: %v", g.Kind, r.Outcome, r.Findings)
	}
	s.commands = append(s.commands, told{kind: g.Kind, body: syncproto.MustEncode(g.Command)})
	return r.ID
}

func (s *telling) after(d syncproto.Span) { s.Now = Morning.Add(d) }

func (s *telling) by(person syncproto.ID, kind syncproto.CommandKind, command any) syncproto.ID {
	s.t.Helper()
	return s.give(By(person, kind, command))
}

func (s *telling) operate(kind syncproto.CommandKind, command any) {
	s.t.Helper()
	s.give(Given{Kind: kind, Command: command, Operator: "admin"})
}

// tell plays the story.
func (s *telling) tell(t testing.TB) *telling {
	s.t = t
	t.Helper()
	device, incarnation := DeviceOf(Engineer)
	s.operate(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(2)})
	s.operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: Quality, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
	s.operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: Engineer, Person: organisation.Person{
		Name: "林峰", Login: "linfeng2", Roles: []policy.Role{policy.Engineer}, Units: []syncproto.ID{ConnectedCar}, Phone: "8022"}})
	s.operate(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: s.NextID(), Device: organisation.Device{
		Person: Engineer, Name: "手机", Code: "P2XA", Key: make([]byte, 32), Incarnation: incarnation}})
	s.operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: device, Incarnation: s.NextID()})
	s.tellLadders()
	id := s.tellTicket()
	s.tellClaims(id)
	s.tellMoney(id)
	s.operate(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: device, Reason: "手机被盗"})
	s.operate(syncproto.CommandNoteWiped, organisation.NoteWiped{ID: device})
	return s
}

func (s *telling) tellTicket() syncproto.ID {
	s.t.Helper()
	open := ticket.Open{ID: s.NextID(), Number: "K7MQ-00042", Channel: "400热线", Board: "智能功能", Type: "报修", Category: "产品质量",
		Subject: "远程车控失败", Description: "手机无法远程启动", Demand: "尽快修复", Station: "上海一站", Region: EastRegion, CallCentre: CallCentre,
		Customer: customer.Caller{ID: s.NextID(), Name: "张先生", Phones: []string{"13800000000"}}, Vehicle: customer.Car{VIN: "LSVAA4182E2123456"}}
	s.by(Seat, syncproto.CommandOpen, open)
	second := open
	second.ID, second.Number, second.Customer, second.Vehicle.Model = s.NextID(), "K7MQ-00043", customer.Caller{ID: open.Customer.ID}, "远航"
	s.by(Seat, syncproto.CommandOpen, second)
	promise := escalation.CauseOf(s.by(Seat, syncproto.CommandPromise, ticket.Promise{Ticket: open.ID, What: "专员回电"}))
	s.by(OtherSeat, syncproto.CommandPromise, ticket.Promise{Ticket: open.ID, What: "专员回电"})
	s.by(Seat, syncproto.CommandPromise, ticket.Promise{Ticket: open.ID, What: "三天内退款", Due: Morning.Add(72 * syncproto.Hour)})
	s.by(Seat, syncproto.CommandContact, ticket.Contact{Ticket: open.ID, Direction: ticket.Inbound, Channel: "微信小程序", Text: "催问"})
	s.by(Seat, syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: "客户情绪稳定"})
	s.by(Seat, syncproto.CommandAmend, ticket.Amend{Ticket: open.ID, Field: ticket.FieldSubject, Old: "远程车控失败", New: "远程启动失败"})
	s.by(Seat, syncproto.CommandAmend, ticket.Amend{Ticket: open.ID, Field: customer.FieldName, Old: "张先生", New: "章先生"})
	s.by(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: open.ID, Unit: Quality, Note: "请看"})
	cause := escalation.CauseOf(s.by(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: open.ID, Unit: ConnectedCar}))
	tick := Given{Kind: syncproto.CommandTick, Command: escalation.Tick{Document: ticket.Ref(open.ID)}}
	s.after(100 * syncproto.Minute)
	s.give(tick)
	s.after(2*syncproto.Hour + 1)
	s.give(tick)
	s.after(3 * syncproto.Hour)
	due := Morning.Add(2 * syncproto.Hour)
	respond := By(Liaison, syncproto.CommandRespond, ticket.Respond{Ticket: open.ID, Cause: cause, Text: "已重启服务"})
	s.give(respond.Done(due, syncproto.Interval{Lo: due - 5, Hi: due + 5}))
	s.give(respond.Done(due-9, syncproto.Interval{Lo: due - 10, Hi: due - 5}))
	s.by(Seat, syncproto.CommandContact, ticket.Contact{Ticket: open.ID, Direction: ticket.Outbound, Channel: "外呼", Fulfils: promise})
	again := By(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: second.ID, Unit: ConnectedCar})
	again.ID = s.NextID()
	s.by(Liaison, syncproto.CommandRespond, ticket.Respond{Ticket: second.ID, Cause: escalation.CauseOf(again.ID), Text: "已答复"}) // before it
	s.give(again)
	return open.ID
}

func (s *telling) tellClaims(on syncproto.ID) {
	s.t.Helper()
	month := syncproto.MonthOf(Morning)
	file := func(kind claim.Kind, amount syncproto.Fen) syncproto.ID {
		id := s.NextID()
		s.by(Seat, syncproto.CommandFileClaim, claim.File{ID: id, Ticket: on, Kind: kind, Amount: amount, What: "补偿一次保养", Station: "上海一站"})
		return id
	}
	grants := map[syncproto.GrantKind]syncproto.ID{}
	device, incarnation := DeviceOf(Manager)
	s.give(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{Manager: Manager, Month: month, Device: device, Incarnation: incarnation}})
	account := authority.Ref(Manager, month)
	for _, g := range rules.Offered(account, s.Docs[account].Body, incarnation) {
		intent, err := rules.TakeGrant(g)
		if err != nil {
			s.t.Fatal(err)
		}
		take, err := rules.Read(intent)
		if err != nil {
			s.t.Fatal(err)
		}
		s.by(Manager, intent.Kind, take)
		grants[g.Kind] = g.ID
	}
	approve := func(id syncproto.ID, amount syncproto.Fen) {
		g := By(Manager, syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: 1, Amount: amount, Month: month, Reason: "服务过失致歉", Comment: "已道歉"})
		g.Shares = []syncproto.Share{{Grant: grants[syncproto.GrantAmount], Amount: amount}}
		s.give(g)
	}
	paid := file(claim.Goodwill, 5900*syncproto.Yuan)
	approve(paid, 5900*syncproto.Yuan)
	approve(paid, 5900*syncproto.Yuan)
	approve(file(claim.Goodwill, 300*syncproto.Yuan), 300*syncproto.Yuan)
	approve(file(claim.Goodwill, 6000*syncproto.Yuan), 6000*syncproto.Yuan)
	order := By(Manager, syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: file(claim.Warranty, 0), Round: 1, Month: month, Reason: "政策范围内包修"})
	order.Shares = []syncproto.Share{{Grant: grants[syncproto.GrantRight]}}
	s.give(order)
	s.by(Manager, syncproto.CommandRejectClaim, claim.Reject{Claim: file(claim.Goodwill, 1), Round: 1, Reason: "不符合标准"})
}

func sortedRefs(l *Log) []syncproto.Ref {
	refs := make([]syncproto.Ref, 0, len(l.History))
	for ref := range l.History {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b syncproto.Ref) int {
		if a.Less(b) {
			return -1
		}
		return 1
	})
	return refs
}

// The story names every kind there is; what a later version adds must be told in it, too.
func TestStoryIsWhole(t *testing.T) {
	story := newTelling().tell(t)
	commands, all := rules.Commands(), rules.Events()
	for _, c := range story.commands {
		delete(commands, c.kind)
	}
	for _, history := range story.History {
		for _, e := range history {
			delete(all, e.Kind)
		}
	}
	delete(all, syncproto.EventDeviceRekeyed) // not written any more; the logs of releases have it
	if len(commands) > 0 || len(all) > 0 {
		t.Errorf("commands never given: %v; events that never happen: %v", rules.Sorted(commands), rules.Sorted(all))
	}
	if *record != "" {
		if err := os.WriteFile(filepath.Join("testdata", *record+".golden"), story.golden(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// golden writes the story: every command's body, every document's events in order, and
// what each document came to.
func (s *telling) golden() []byte {
	var out bytes.Buffer
	line := func(words ...any) { _, _ = fmt.Fprintln(&out, words...) }
	for _, c := range s.commands {
		line("command", uint16(c.kind), c.kind, hex.EncodeToString(c.body))
	}
	for _, ref := range sortedRefs(s.Log) {
		line("document", uint16(ref.Kind), ref.ID, ref.Kind)
		for _, e := range s.History[ref] {
			line("event", uint16(e.Kind), e.Kind, hex.EncodeToString(e.Body))
		}
		line("body", hex.EncodeToString(syncproto.MustEncode(s.Docs[ref].Body)))
	}
	return out.Bytes()
}

// Every log of a released version still folds to the same bytes, and every command of one
// can still be read (design §3). These files are never changed; a release adds one with
// go test ./syncproto/rules -run TestStoryIsWhole -record release-<n>
func TestGoldenLogs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.golden"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden logs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			refold(t, string(text))
		})
	}
}

func refold(t *testing.T, text string) {
	var ref syncproto.Ref
	var doc decision.Doc
	for n, line := range strings.Split(strings.TrimSpace(text), "\n") {
		words := strings.Fields(line)
		data, err := hex.DecodeString(words[len(words)-1])
		if err != nil && words[0] != "document" {
			t.Fatalf("line %d: %v", n+1, err)
		}
		number, _ := strconv.ParseUint(words[1], 10, 16)
		switch words[0] {
		case "command":
			readable(t, n+1, syncproto.CommandKind(number), data)
		case "document":
			id, err := syncproto.ParseID(words[2])
			if err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
			ref, doc = syncproto.Ref{Kind: syncproto.DocKind(number), ID: id}, decision.Doc{}
		case "event":
			doc, err = rules.Evolve(ref, doc, syncproto.Event{Doc: ref, Kind: syncproto.EventKind(number), Version: doc.Version + 1, Body: data})
			if err != nil {
				t.Fatalf("line %d: %v", n+1, err)
			}
		case "body":
			if got := syncproto.MustEncode(doc.Body); !bytes.Equal(got, data) {
				t.Errorf("line %d: %v folds to\n%x\nand was released as\n%x", n+1, ref, got, data)
			}
		}
	}
}

// readable: a released command decodes, and says again what it said.
func readable(t *testing.T, line int, kind syncproto.CommandKind, body []byte) {
	if !rules.Known(kind) {
		t.Errorf("line %d: %v is not known any more", line, kind)
		return
	}
	command, err := rules.DecodeCommand(kind, body)
	if err != nil {
		t.Errorf("line %d: %v", line, err)
		return
	}
	if again := syncproto.MustEncode(command); !bytes.Equal(again, body) {
		t.Errorf("line %d: %v reads as\n%x\nand was released as\n%x", line, kind, again, body)
	}
}
