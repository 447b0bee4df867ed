package replica_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// openFor opens a ticket on the desk for a customer with a car.
func (d *desk) openFor(subject, name, phone, car, description string) syncproto.ID {
	d.t.Helper()
	number, err := d.ReserveNumber(ctx)
	d.must(err)
	id := d.central.NewID()
	d.central.Now = d.central.Now.Add(syncproto.Minute)
	vehicle := customer.Car{VIN: car}
	if car != "" {
		vehicle.Model = "远行 PHEV"
	}
	d.mustTap(syncproto.CommandOpen, ticket.Open{ID: id, Number: number, Channel: "400热线", Type: "投诉", Subject: subject, Description: description,
		Region: centraltest.East, CallCentre: centraltest.CallCentre,
		Customer: customer.Caller{ID: d.central.NewID(), Name: name, Phones: strings.Split(phone, "、")}, Vehicle: vehicle})
	return id
}

// finds is what a text finds, in order: the number of each, * for what fits exactly, ¥ for a
// claim.
func (d *desk) finds(text string) string {
	d.t.Helper()
	found, err := d.Find(ctx, replica.ReadQuery(text), replica.Place{}, 20)
	d.must(err)
	var all []string
	for _, f := range found {
		line := f.Number
		if f.Exact {
			line += "*"
		}
		if f.Ref.Kind == syncproto.KindClaim {
			line += "¥"
		}
		all = append(all, line)
	}
	return strings.Join(all, " ")
}

// callCentre is a desk with three tickets: the second is closed to the caller's word, the
// third has a note and a claim.
func callCentre(t testing.TB) (d *desk, ids [3]syncproto.ID) {
	d = seatDesk(t)
	ids[0] = d.openFor("远程车控失败", "陈静", "13800138000", "LSVAA4182E2184847", "地下车库里连不上")
	ids[1] = d.openFor("中控屏黑屏", "张伟", "+86 139-0000-1111、021-5555 6666", "LFV3A23C8K3012345", "倒车时黑屏，重启 2.0 系统无效")
	ids[2] = d.openFor("座椅异响", "欧阳喆", "13800139999", "LFV3A23C8K3099999", "")
	d.noteOn(ids[2], "服务站说要换滑轨，等备件 AB12")
	d.central.Now = d.central.Now.Add(syncproto.Minute)
	d.mustTap(syncproto.CommandFileClaim, claim.File{ID: d.central.NewID(), Ticket: ids[2], Kind: claim.Goodwill, Amount: 80_000, What: "代步车补贴"})
	d.mustTap(syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: ids[1], Channel: "400热线", Text: "已更换主机"})
	return d, ids
}

func TestWhatIsFound(t *testing.T) {
	d, _ := callCentre(t)
	for _, stage := range []string{"of this desk alone", "confirmed", "made anew"} {
		for _, c := range []struct{ what, text, want string }{
			{"a number", "K7MQ-00002", "K7MQ-00002*"},
			{"a number in small letters", "k7mq-00002", "K7MQ-00002*"},
			{"a number without its sign", "K7MQ00002", "K7MQ-00002*"},
			{"a number as people say it", "2", "K7MQ-00002*"},
			{"a number in wide digits", "Ｋ７ＭＱ－０００３", ""},
			{"the beginning of a number, newest first, and claims behind", "K7MQ-000", "K7MQ-00003 K7MQ-00002 K7MQ-00001 K7MQ-00003¥"},
			{"a number as people say it, with the first half", "k7mq3", "K7MQ-00003* K7MQ-00003*¥"},
			{"a number that a claim has, too", "K7MQ-00003", "K7MQ-00003* K7MQ-00003*¥"},
			{"a telephone number", "13800138000", "K7MQ-00001*"},
			{"its beginning", "138001", "K7MQ-00003 K7MQ-00001"},
			{"its end", "9999", "K7MQ-00003*"},
			{"in groups", "138 0013 8000", "K7MQ-00001*"},
			{"with a country's code", "+86 138-0013-8000", "K7MQ-00001*"},
			{"with a country's code, in one", "+8613800138000", "K7MQ-00001*"},
			{"with a country's code, without its sign", "8613800138000", "K7MQ-00001*"},
			{"kept with a country's code", "13900001111", "K7MQ-00002*"},
			{"the second of a customer", "021-55556666", "K7MQ-00002*"},
			{"the second, in groups", "021 5555 6666", "K7MQ-00002*"},
			{"a VIN", "lfv3a23c8k3012345", "K7MQ-00002*"},
			{"a VIN in groups", "LFV3-A23C8-K3012345", "K7MQ-00002*"},
			{"its beginning", "LFV3A2", "K7MQ-00003 K7MQ-00002"},
			{"its last six", "099999", "K7MQ-00003*"},
			{"its last four", "4847", "K7MQ-00001*"},
			{"four digits out of the middle of a telephone number", "8001", "K7MQ-00003 K7MQ-00001"},
			{"more of them", "38001380", "K7MQ-00001"},
			{"out of the middle of one with an area's code", "5556", "K7MQ-00002"},
			{"out of the middle, in groups", "0013 80", "K7MQ-00001"},
			{"out of the middle, with signs", "1-5555", "K7MQ-00002"},
			{"its end and more before it", "39999", "K7MQ-00003"},
			{"three digits, which are in too many", "001", ""},
			{"what is in no number", "8002", ""},
			{"a name and a telephone number in groups", "陈静 138 0013 8000", "K7MQ-00001"},
			{"its last eight", "E2184847", "K7MQ-00001*"},
			{"a name", "张伟", "K7MQ-00002"},
			{"a rare character of a name", "喆", "K7MQ-00003"},
			{"one character", "控", "K7MQ-00002 K7MQ-00001"},
			{"a part across two words", "控失", "K7MQ-00001"},
			{"the same characters, not together", "控败", ""},
			{"of the description", "车库", "K7MQ-00001"},
			{"with a stop in it", "2.0", "K7MQ-00002"},
			{"of a note", "滑轨", "K7MQ-00003"},
			{"Latin letters in a note", "ab12", "K7MQ-00003"},
			{"their beginning", "ab1", "K7MQ-00003"},
			{"of a claim", "代步车", "K7MQ-00003¥"},
			{"of the last answer", "主机", "K7MQ-00002"},
			{"a model", "phev", "K7MQ-00003 K7MQ-00002 K7MQ-00001"},
			{"two words of different texts", "张伟 黑屏", "K7MQ-00002"},
			{"a name and a telephone number", "欧阳 1380", "K7MQ-00003"},
			{"two of which one fits not", "张伟 异响", ""},
			{"what nobody said", "保险杠", ""},
			{"nothing", "", ""}, {"spaces", " \t　 ", ""}, {"signs alone", `"*():-^+ NEAR`, ""},
		} {
			if got := d.finds(c.text); got != c.want {
				t.Errorf("%s: %s, %q, finds %q, want %q", stage, c.what, c.text, got, c.want)
			}
		}
		d.sync()
		if stage == "confirmed" {
			d.must(d.RebuildOverlay(ctx))
		}
	}
}

// A query is text and nothing else, whatever is in it.
func TestNothingTypedIsAnError(t *testing.T) {
	d, _ := callCentre(t)
	search := func(text string) string {
		found, err := d.Find(ctx, replica.ReadQuery(text), replica.Place{}, 20)
		if err == nil {
			_, err = d.Callers(ctx, text, 20)
		}
		if err != nil {
			return fmt.Sprintf("%q: %v", text, err)
		}
		return strings.Repeat("x", len(found))
	}
	for _, text := range []string{`"`, `""`, `'`, `*`, `a*`, `^a`, `phone:1`, `phone : "1"`, `{phone vin}: x`, `AND`, `a AND`, `NOT a`, `NEAR(a b)`,
		`(`, `)`, `a) OR (b`, "\x00", "a\x00b", "\xff\xfe", "车\xff控", `words MATCH 'x'`, `-`, `+`, "138\n0013", strings.Repeat("车", 5000), strings.Repeat("a b ", 5000), "𠮷野家", "👍"} {
		if got := search(text); strings.Contains(got, ":") {
			t.Error(got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.RuneFrom([]rune(`"'*():^{}+-\0aZ19车控　ＡORNT`)), rapid.Rune())).Draw(t, "text")
		if got := search(text); strings.Contains(got, ":") {
			t.Fatal(got)
		}
	})
	if got := search(strings.Repeat("控 ", replica.MaxQuery)); got != "xx" {
		t.Errorf("a long query of what is there finds %d", len(got))
	}
}

// What is found follows what is shown: done here, refused, amended by others, and gone.
func TestTheIndexFollowsWhatIsShown(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	liaison := newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	find := func(d *desk, what, text, want string) {
		t.Helper()
		if got := d.finds(text); got != want {
			t.Errorf("%s: %q finds %q, want %q", what, text, got, want)
		}
	}
	id := seat.openFor("远程车控失败", "陈静", "13800138000", vin, "")
	find(seat, "not sent yet", "陈静", "K7MQ-00001")
	find(liaison, "not sent yet", "陈静", "")
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Connected, Note: "请查日志"})
	seat.sync()
	liaison.pull()
	for _, text := range []string{"车控", "陈静", "1380013", vin, "日志"} {
		find(liaison, "it was sent there", text, "K7MQ-00001"+map[bool]string{true: "*"}[text == vin])
	}

	// A name put right is found under the new one alone, on every desk.
	seat.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: customer.FieldName, Old: "陈静", New: "程静"})
	find(seat, "amended here", "陈静", "")
	find(seat, "amended here", "程静", "K7MQ-00001")
	seat.sync()
	liaison.pull()
	find(liaison, "amended there", "陈静", "")
	find(liaison, "amended there", "程静", "K7MQ-00001")

	// The answer is found at once. Then the ticket goes elsewhere, and with the verdict all of
	// it leaves this desk.
	body, _ := liaison.ticket(id)
	liaison.mustTap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: escalation.LastCause(body.Clocks, escalation.Response), Text: "已重置网关"})
	find(liaison, "answered here", "网关", "K7MQ-00001")
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Parts})
	seat.sync()
	liaison.connect()
	liaison.pull()
	find(liaison, "in limbo it is still shown", "网关", "K7MQ-00001")
	liaison.sync()
	for _, text := range []string{"网关", "车控", "程静", "1380013", vin, "K7MQ-00001"} {
		find(liaison, "gone", text, "")
	}
	if callers, err := liaison.Callers(ctx, "13800138000", 20); err != nil || len(callers) > 0 {
		t.Errorf("gone: %d callers, %v", len(callers), err)
	}
	if index, err := liaison.Index(ctx); err != nil || len(index) > 0 {
		t.Errorf("of what is gone stays in the index: %v %v", index, err)
	}
	seat.pull()
	find(seat, "the answer came", "网关", "K7MQ-00001")
}

// A file may come after the tickets it is about, and go before them: they are found by what is
// known of the customer, no less and no more, and named as found otherwise each time.
func TestAFileThatComesOnItsOwn(t *testing.T) {
	central := centraltest.New(t)
	seat, other := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	id := seat.openFor("远程车控失败", "陈静", "13800138000", vin, "")
	seat.sync()
	body, _ := seat.ticket(id)
	whole := other.delta()
	tickets, files := whole, whole
	tickets.Cursor, tickets.Documents, files.Documents, files.From, files.History = whole.Cursor-1, nil, nil, whole.Cursor-1, nil
	for _, doc := range whole.Documents {
		if doc.Ref.Kind == syncproto.KindTicket {
			tickets.Documents = append(tickets.Documents, doc)
		} else {
			files.Documents = append(files.Documents, doc)
		}
	}
	gone := syncproto.Delta{Epoch: whole.Epoch, From: whole.Cursor, Cursor: whole.Cursor + 1, Removed: []syncproto.Ref{customer.Ref(body.Customer)}}
	for _, c := range []struct {
		what     string
		delta    syncproto.Delta
		name, by string
	}{
		{"the ticket alone", tickets, "", ""},
		{"then the files", files, "K7MQ-00001", "K7MQ-00001*"},
		{"then without the customer's", gone, "", "K7MQ-00001*"},
	} {
		other.changed = nil
		other.must(other.Apply(ctx, c.delta))
		if !slices.Contains(other.changed, ticket.Ref(id)) {
			t.Errorf("%s: named are %v", c.what, other.changed)
		}
		if name, by := other.finds("陈静"), other.finds(vin); name != c.name || by != c.by || other.finds("车控") != "K7MQ-00001" {
			t.Errorf("%s: by name %q, by car %q", c.what, name, by)
		}
		other.derivedIsFolded()
	}
}

// What the server refused is not found any more.
func TestWhatIsRefusedIsNotFound(t *testing.T) {
	central := centraltest.New(t)
	a, b := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	id := a.openFor("远程车空失败", "陈静", "13800138000", vin, "")
	a.sync()
	b.pull()
	a.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: ticket.FieldSubject, Old: "远程车空失败", New: "远程车控失败"})
	b.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: ticket.FieldSubject, Old: "远程车空失败", New: "远程控制失灵"})
	a.sync()
	if got := b.finds("失灵"); got != "K7MQ-00001" {
		t.Errorf("before the verdict: %q", got)
	}
	b.sync()
	if gone, there := b.finds("失灵"), b.finds("车控"); gone != "" || there != "K7MQ-00001" {
		t.Errorf("after the verdict: %q and %q", gone, there)
	}
}

// An answer is read in windows, each of which goes on where the last one ended.
func TestAnAnswerIsReadInWindows(t *testing.T) {
	d := seatDesk(t)
	for n := range 23 {
		d.openFor(fmt.Sprintf("座椅异响 %d", n), "陈静", []string{"13800138000", "13800138001"}[n%2], "", "13800138000 也打不通")
	}
	for _, text := range []string{"异响", "13800138000", "1380013"} {
		whole, err := d.Find(ctx, replica.ReadQuery(text), replica.Place{}, 100)
		d.must(err)
		if len(whole) != 23 {
			t.Errorf("%q finds %d", text, len(whole))
		}
		for limit := 1; limit < 30; limit += 5 {
			var all []string
			for after := (replica.Place{}); len(all) <= len(whole); {
				part, err := d.Find(ctx, replica.ReadQuery(text), after, limit)
				d.must(err)
				for _, f := range part {
					all = append(all, f.Number)
				}
				if len(part) < limit {
					break
				}
				after = part[len(part)-1].Place()
			}
			for i, f := range whole {
				if len(all) != len(whole) || all[i] != f.Number {
					t.Fatalf("%q by %d: %v", text, limit, all)
				}
			}
		}
	}
	if whole, _ := d.Find(ctx, replica.ReadQuery("13800138000"), replica.Place{}, 100); !whole[11].Exact || whole[12].Exact || whole[12].Number != "K7MQ-00022" {
		t.Errorf("what fits exactly does not come first: %v %v", whole[11].Number, whole[12].Number)
	}
}

// Each row says where it fits.
func TestWhereItFits(t *testing.T) {
	d, _ := callCentre(t)
	for text, want := range map[string]string{
		"K7MQ-00002":     "number [K7MQ-00002]",
		"1390000":        "phone [+86 139-0000-1111]",
		"6666":           "phone 021-5555 [6666]",
		"5566":           "phone [021-5555 6666]",
		"8001 陈静":        "phone [13800138000]; name [陈静]",
		"012345":         "vin [LFV3A23C8K3012345]",
		"伟":              "name 张[伟]",
		"黑屏 重启":          "subject 中控屏[黑屏]; details 倒车时黑屏，[重启] 2.0 系统无效",
		"滑轨":             "trail 服务站说要换[滑轨]，等备件 AB12",
		"代步":             "subject [代步]车补贴",
		"138 0013 8000":  "phone [13800138000]",
		"张伟 139":         "name [张伟]; phone +86 [139]-0000-1111",
		"张伟 2.0 LFV3 主机": "name [张伟]; details 倒车时黑屏，重启 [2.0] 系统无效; vin [LFV3A23C8K3012345]; trail 已更换[主机]",
	} {
		found, err := d.Find(ctx, replica.ReadQuery(text), replica.Place{}, 20)
		d.must(err)
		if len(found) != 1 {
			t.Errorf("%q finds %d", text, len(found))
			continue
		}
		var all []string
		for _, m := range found[0].Matches {
			marked := m.Text[:m.At.From] + "[" + m.Text[m.At.From:m.At.To] + "]" + m.Text[m.At.To:]
			all = append(all, string(m.Field)+" "+marked)
		}
		if got := strings.Join(all, "; "); got != want {
			t.Errorf("%q fits in %s, want %s", text, got, want)
		}
	}
}

// A caller is known by a telephone number or a VIN from its fourth character on.
func TestWhoIsKnownByANumber(t *testing.T) {
	d, _ := callCentre(t)
	for typed, want := range map[string]string{
		"138": "", "1380": "K7MQ-00003 K7MQ-00001", "13800138": "K7MQ-00001", "138-0013": "K7MQ-00003 K7MQ-00001", "１３８００１３８": "K7MQ-00001",
		"8000": "K7MQ-00001", "8001": "", "0013 80": "", "021 5555": "K7MQ-00002", "lfv3": "K7MQ-00003 K7MQ-00002", "LFV3 A23C8K30": "K7MQ-00003 K7MQ-00002", "84847": "",
		"184847": "K7MQ-00001", "张伟张伟": "", "00002": "", "": "", `"`: "",
	} {
		callers, err := d.Callers(ctx, typed, 20)
		d.must(err)
		var all []string
		for _, f := range callers {
			all = append(all, f.Number)
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%q is of %q, want %q", typed, got, want)
		}
	}
}

// A file of the first release is searched as soon as it is opened, with what waits in it, and
// nothing else in it changes.
func TestAFileOfTheFirstReleaseIsSearched(t *testing.T) {
	d, ids := callCentre(t)
	d.sync()
	d.noteOn(ids[0], "客户改约周五")
	d.openFor("仪表盘报警", "周芷若", "13700000000", "", "")
	before, tally := d.derived(), d.balanced()
	old := d.closed()
	old.change(old.file("replica.db"), `ALTER TABLE history DROP COLUMN speaks`, `ALTER TABLE self DROP COLUMN erased`, `ALTER TABLE self DROP COLUMN sweeping`, `DROP TRIGGER open_comes`, `DROP TRIGGER open_changes`, `DROP TRIGGER open_goes`, `DROP TABLE open_count`, `DROP TABLE draft`, `DROP TABLE search`, `DROP TABLE file`, `DROP TABLE words`, `DROP TABLE findable`,
		`DROP INDEX listing_by_turn`, `CREATE INDEX listing_by_deadline ON listing (kind, open, deadline, id)`,
		`ALTER TABLE listing DROP COLUMN due`, `ALTER TABLE listing DROP COLUMN rank`, `DROP TABLE bucket_sums`, `DROP TABLE heal`, `DROP INDEX document_part`, `ALTER TABLE document DROP COLUMN mark`,
		`ALTER TABLE document DROP COLUMN buckets`, `ALTER TABLE bucket DROP COLUMN filling`, `ALTER TABLE self DROP COLUMN differs`, `DELETE FROM goose_db_version WHERE version_id > 1`)
	after := old.reopen(old.dir)
	for text, want := range map[string]string{"周五": "K7MQ-00001", "周芷若": "K7MQ-00004", "滑轨": "K7MQ-00003", "13900001111": "K7MQ-00002*"} {
		if got := after.finds(text); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	after.countedRight()
	if got := after.derived(); got != before {
		t.Errorf("the file is\n%s\nand was\n%s", got, before)
	}
	if got := after.balanced(); got != tally || got.Pending == 0 {
		t.Errorf("%+v, before %+v", got, tally)
	}
	after.connect()
	after.sync()
	if got := after.balanced(); got.Pending != 0 {
		t.Errorf("after a session %+v", got)
	}
}

// The index of a file that read texts in another way is made anew, once.
func TestAnIndexOfAnotherKindIsMadeAnew(t *testing.T) {
	d, _ := callCentre(t)
	old := d.closed()
	old.change(old.file("replica.db"), `UPDATE search SET version = 0`, `INSERT INTO words (words) VALUES ('delete-all')`)
	if got := old.reopen(old.dir).finds("滑轨"); got != "K7MQ-00003" {
		t.Errorf("it finds %q", got)
	}
}
