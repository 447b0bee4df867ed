package present

import (
	"errors"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// noon of 2026-11-02.
var noon = syncproto.Month(2026*12 + 10).Start().Add(36 * syncproto.Hour)

func chinese(t testing.TB) Scene {
	t.Helper()
	w, err := LoadWords("zh")
	if err != nil {
		t.Fatal(err)
	}
	return Scene{Words: w, Now: noon, Within: syncproto.Interval{Lo: noon, Hi: noon}}
}

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	s := chinese(t)
	for _, c := range []struct {
		at   syncproto.Span // from now
		when string
		left string
	}{
		{0, "12:00", "还剩 0 秒"},
		{45 * syncproto.Second, "12:00", "还剩 45 秒"},
		{32 * syncproto.Minute, "12:32", "还剩 0:32"},
		{110 * syncproto.Minute, "13:50", "还剩 1:50"},
		{-14 * syncproto.Minute, "11:46", "超时 0:14"},
		{-13 * syncproto.Hour, "昨天 23:00", "超时 13:00"},
		{21 * syncproto.Hour, "明天 09:00", "还剩 21:00"},
		{24 * syncproto.Hour, "明天 12:00", "还剩 1 天"},
		{51 * syncproto.Hour, "11月4日 15:00", "还剩 2 天 3 小时"},
		{60 * 24 * syncproto.Hour, "2027年1月1日 12:00", "还剩 60 天"},
	} {
		at := noon.Add(c.at)
		if got := s.when(at); got != c.when {
			t.Errorf("%v from noon is said as %q, not %q", c.at, got, c.when)
		}
		if got := s.left(at); got != c.left {
			t.Errorf("%v from noon leaves %q, not %q", c.at, got, c.left)
		}
	}
}

func TestHowAClockStands(t *testing.T) {
	s := chinese(t)
	hour := syncproto.Hour
	clock := func(change func(*escalation.Clock)) escalation.Clock {
		c := escalation.Clock{Ladder: escalation.Response, Rung: 1, Start: noon.Add(-hour), Warn: noon.Add(hour / 2), Due: noon.Add(hour)}
		change(&c)
		return c
	}
	for _, c := range []struct {
		name  string
		clock escalation.Clock
		want  Urgency
		state string
		note  string
	}{
		{"runs", clock(func(*escalation.Clock) {}), Running, "还剩 1:00", ""},
		{"is near", clock(func(c *escalation.Clock) { c.Warn = noon }), Warning, "还剩 1:00", ""},
		{"is due this second", clock(func(c *escalation.Clock) { c.Due = noon }), Running, "还剩 0 秒", ""},
		{"is past, not yet fired", clock(func(c *escalation.Clock) { c.Due = noon - 1 }), Overdue, "超时 0 秒", ""},
		{"fired", clock(func(c *escalation.Clock) { c.Due, c.Fired = noon.Add(-hour), noon.Add(-hour/2) }), Overdue, "超时 1:00", "11:30 已升级提醒"},
		{"arrived late", clock(func(c *escalation.Clock) { c.Due, c.Fired, c.ArrivedLate = noon.Add(-hour), noon, true }), Overdue, "超时 1:00", "12:00 已升级提醒、到服务器时已过时限"},
		{"met", clock(func(c *escalation.Clock) { c.Result, c.Ended = escalation.Met, noon }), Met, "按时完成", ""},
		{"missed", clock(func(c *escalation.Clock) { c.Result, c.Ended, c.Fired = escalation.Missed, noon, noon }), Missed, "未按时完成", "12:00 已升级提醒"},
		{"met offline", clock(func(c *escalation.Clock) { c.Result, c.Fired, c.Rescinded = escalation.MetOffline, noon, true }), MetOffline, "离线期间按时完成", "12:00 的升级提醒已撤回"},
		{"disputed", clock(func(c *escalation.Clock) { c.Result = escalation.Disputed }), Disputed, "是否按时有争议", ""},
		{"withdrawn", clock(func(c *escalation.Clock) { c.Result = escalation.Withdrawn }), Void, "已转派，不再计时", ""},
		{"was reminded", clock(func(c *escalation.Clock) { c.Due, c.Fired, c.Reminded = noon.Add(-hour), noon.Add(-hour/2), 2 }), Overdue, "超时 1:00", "11:30 已升级提醒、已催办 2 次"},
		{"is disputed until somebody decides", clock(func(c *escalation.Clock) { c.Result, c.Until = escalation.Disputed, noon.Add(21*hour) }), Disputed, "是否按时有争议", "由服务部判定；明天 09:00 前未判定，计为未按时完成"},
		{"was decided", clock(func(c *escalation.Clock) { c.Result, c.Judged = escalation.Missed, true }), Missed, "未按时完成", "争议已判定"},
		{"void", clock(func(c *escalation.Clock) { c.Result = escalation.Void }), Void, "不计", ""},
	} {
		l := s.clockLine(about{}, c.clock, onItsWay{})
		if l.Urgency != c.want || l.State != c.state || l.Note != c.note {
			t.Errorf("a clock that %s: %s, %q, %q", c.name, l.Urgency, l.State, l.Note)
		}
	}
}

func TestClocksStandNearestFirst(t *testing.T) {
	s := chinese(t)
	at := func(what string, due syncproto.Span, ended syncproto.Span, result escalation.Result) escalation.Clock {
		c := escalation.Clock{Ladder: escalation.Promise, What: what, Due: noon.Add(due), Result: result}
		if result != escalation.Running {
			c.Ended = noon.Add(ended)
		}
		return c
	}
	lines := s.clockLines(about{ticket: ticket.Body{Clocks: []escalation.Clock{
		at("ended early", -3, -9, escalation.Met), at("later", 9, 0, escalation.Running),
		at("ended last", -5, -1, escalation.Missed), at("sooner", 2, 0, escalation.Running),
	}}}, nil)
	for i, want := range []string{"sooner", "later", "ended last", "ended early"} {
		if lines[i].What != want {
			t.Errorf("place %d is %s, not %s", i, lines[i].What, want)
		}
	}
}

func TestFindingsReadAsSentences(t *testing.T) {
	s := chinese(t)
	for _, c := range []struct {
		finding syncproto.Finding
		want    string
	}{
		{syncproto.Finding{Code: syncproto.CodeMissing, Field: "subject"}, "请填写主题。"},
		{syncproto.Finding{Code: syncproto.CodeMissing, Field: "of-a-newer-server"}, "请填写所填内容。"},
		{syncproto.Finding{Code: authority.CodeExceeds, Amount: 20000}, "超出您的权限 ¥200.00"},
		{syncproto.Finding{Code: syncproto.CodeAlready, Field: "promise", When: noon}, "此前已作过同样的承诺，时限仍是 12:00。"},
		{syncproto.Finding{Code: syncproto.CodeAlready, Field: "grant"}, "已经是这样了，没有重复记录。"},
		{syncproto.Finding{Code: syncproto.CodeChanged, Field: "subject", Text: "{{.Field}}"}, "主题已被他人改为“{{.Field}}”，没有被您的改动覆盖。"},
		{syncproto.Finding{Code: "of-tomorrow"}, "服务器给出了本机还不认识的说明（of-tomorrow）。请更新程序，或联系管理员。"},
	} {
		if got := s.Finding(c.finding); got != c.want {
			t.Errorf("%+v reads %q, not %q", c.finding, got, c.want)
		}
	}
}

func TestErrorsReadAsSentences(t *testing.T) {
	s := chinese(t)
	for _, c := range []struct {
		err  error
		want string
	}{
		{&syncproto.Problem{Code: syncproto.CodeWrongLogin, Doing: "logging in"}, "登录名或密码不对，或不是在这台电脑上登记的。"},
		{errors.Join(errors.New("around it"), &syncproto.Problem{Code: replica.CodeInUse}), "另一个诉达窗口正在使用这个数据文件夹，请回到那个窗口，或先关闭它。"},
		{errors.New("disk on fire"), "没有完成：disk on fire"},
	} {
		if got := s.Problem(c.err); got != c.want {
			t.Errorf("%v reads %q, not %q", c.err, got, c.want)
		}
	}
	faults := s.Refused(&replica.Refusal{Findings: []syncproto.Finding{{Code: syncproto.CodeTooLong, Field: "subject"}}})
	if len(faults) != 1 || faults[0] != (Fault{Field: "subject", Text: "主题太长，请精简。"}) {
		t.Errorf("a refusal is %v", faults)
	}
}

func TestANewTicketSaysAllThatIsMissingAtOnce(t *testing.T) {
	s := chinese(t)
	_, faults := s.Open(NewTicket{Number: "K7MQ-00001", VIN: "LSVI", Model: "远行"}, nil)
	want := []string{customer.FieldName, FieldVIN, "subject", FieldChannel, FieldType, FieldRegion, FieldCallCentre}
	var got []string
	for _, f := range faults {
		if f.Text == "" {
			t.Errorf("%s has no words", f.Field)
		}
		got = append(got, f.Field)
	}
	if len(got) != len(want) {
		t.Fatalf("faults at %v, not at %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("faults at %v, not at %v", got, want)
		}
	}
}

func TestSeveralNumbersOfACustomer(t *testing.T) {
	got := phones("13800138000、021-5555 6666，13900001111")
	if len(got) != 3 || got[1] != "021-5555 6666" {
		t.Errorf("%q", got)
	}
}

// 5,999.99 + 0.01 is allowed and 0.02 refused (requirements §12), while it is being typed.
func TestWhatAnAmountWouldLeaveIsKnownWhileItIsTyped(t *testing.T) {
	s := chinese(t)
	left := []authority.Left{{Grant: syncproto.Grant{Kind: syncproto.GrantAmount, Month: syncproto.MonthOf(s.Now)}, Left: 1}}
	month := Claims{Month: Month{Manager: true, left: 1}, purse: purse{left: left}}
	for _, c := range []struct {
		typed, want string
		over        bool
	}{
		{"", "", false}, {"abc", "", false},
		{"0.01", "批准此单后剩余 ¥0.00", false},
		{"0.02", "超出您的权限 ¥0.01", true},
		{"200", "超出您的权限 ¥199.99", true},
	} {
		if got, over := s.AmountOutlook(month, c.typed); got != c.want || over != c.over {
			t.Errorf("%q: %q %v", c.typed, got, over)
		}
	}
	if got, _ := s.AmountOutlook(Claims{}, "1"); got != "" {
		t.Errorf("who has no authority reads %q", got)
	}
}

func TestAClaimSaysAtOnceWhetherItCanBeApproved(t *testing.T) {
	s := chinese(t)
	region := syncproto.Derive("east")
	s.Person = syncproto.Derive("manager")
	s.Reference = managerIn(region, s.Person)
	month := syncproto.MonthOf(noon)
	amount := func(left syncproto.Fen) authority.Left {
		return authority.Left{Grant: syncproto.Grant{ID: syncproto.Derive("g"), Kind: syncproto.GrantAmount, Month: month}, Left: left}
	}
	right := authority.Left{Grant: syncproto.Grant{ID: syncproto.Derive("r"), Kind: syncproto.GrantRight, Month: month}}
	goodwill := claim.Body{Region: region, Kind: claim.Goodwill, Amount: 500_000, State: claim.StateFiled}
	warranty := claim.Body{Region: region, Kind: claim.Warranty, State: claim.StateFiled}
	for _, c := range []struct {
		name        string
		purse       purse
		claim       claim.Body
		after, over string
		approve     bool
	}{
		{"covered", purse{left: []authority.Left{amount(600_000)}}, goodwill, "批准此单后剩余 ¥1,000.00", "", true},
		{"exactly covered", purse{left: []authority.Left{amount(500_000)}}, goodwill, "批准此单后剩余 ¥0.00", "", true},
		{"200 short", purse{left: []authority.Left{amount(480_000)}}, goodwill, "", "超出您的权限 ¥200.00", false},
		{"warranty with the right", purse{left: []authority.Left{right}}, warranty, "不占用本月额度", "", true},
		{"warranty without", purse{left: []authority.Left{amount(1)}}, warranty, "", "本机还没有包修单审批权限", false},
		{"of a file set back", purse{left: []authority.Left{amount(600_000)}, doubtful: true}, goodwill, "", "本机数据可能旧于这台设备做过的操作，连接服务器核对前不能批准。", false},
	} {
		row := s.claimOf(replica.Row{}, c.claim, c.purse)
		if row.After != c.after || row.Over != c.over || row.Approve != c.approve {
			t.Errorf("%s: %q %q %v", c.name, row.After, row.Over, row.Approve)
		}
	}
	elsewhere := goodwill
	elsewhere.Region = syncproto.Derive("west")
	if row := s.claimOf(replica.Row{}, elsewhere, purse{left: []authority.Left{amount(600_000)}}); row.Decide || row.Approve {
		t.Error("a claim of another region can be decided")
	}
}

func managerIn(region, person syncproto.ID) reference.Reference {
	return referenceOf(region, person, policy.Manager)
}

func referenceOf(unit, person syncproto.ID, role policy.Role) reference.Reference {
	return reference.Reference{}.
		With(1, policy.Ref(1), policy.Default(1)).
		With(2, organisation.UnitRef(unit), organisation.Unit{Name: "华东区", Kind: organisation.Region}).
		With(3, organisation.PersonRef(person), organisation.Person{Name: "李强", Roles: []policy.Role{role}, Units: []syncproto.ID{unit}})
}
