package present

import (
	"errors"
	"strings"
	"testing"

	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/syncproto"
)

// TestWhyThereIsNoLine is said so that it is clear whose the trouble is and who has to do
// what: nothing, the person, or the administrator.
func TestWhyThereIsNoLine(t *testing.T) {
	s := chinese(t)
	for code, want := range map[syncproto.Code]string{
		"":                         "",
		syncproto.CodeMalformed:    "服务器发来的内容无法识别，稍后自动重连；您做的都在本机。",
		syncproto.CodeTooLarge:     "服务器发来的内容超出限度，稍后自动重连；您做的都在本机。",
		syncproto.CodeDiskFull:     "本机磁盘已满，暂时收不了新内容。请腾出空间，之后自动继续。",
		syncclient.CodeServerFull:  "服务器磁盘已满，暂时不收新内容。您做的都在本机，有空间后自动发送。",
		syncclient.CodeCertificate: "服务器的证书不受信任，没有发送任何内容。请核对地址；地址没错就请管理员检查证书。",
		syncproto.CodeWrongLog:     "这不是本机登记的那台服务器。请检查服务器地址。",
		syncproto.CodeUpgrade:      "程序版本过旧，无法同步。请更新；已做的工作都在本机。",
	} {
		if l := s.line(replica.Status{OfflineSince: noon}, code); l.Trouble != want {
			t.Errorf("%q reads %q, want %q", code, l.Trouble, want)
		}
	}
}

// Nothing is on its way to a device that headquarters has ended.
func TestADeviceThatIsEnded(t *testing.T) {
	s, ended := chinese(t), replica.Status{Heard: noon, Erased: noon, Head: 100}
	if l := s.line(ended, ""); l.State != Offline || l.Text != "设备已停用" || !strings.HasPrefix(l.Trouble, "总部已停用这台设备") {
		t.Errorf("it reads %+v", l)
	}
	if got := s.receiving(ended); !strings.HasPrefix(got, "总部已停用这台设备") {
		t.Errorf("in an empty list stands %q", got)
	}
}

// Where the server takes what was done and sends nothing, nobody is told that something is on its
// way: perhaps the account or the computer was ended.
func TestALineThatOnlyHandsIn(t *testing.T) {
	l := chinese(t).line(replica.Status{Heard: noon}, syncclient.CodeHandsIn)
	if l.State != Catching || l.Text != "已连接，只能交回" || l.Trouble != "服务器没有接受这次登录，只收下您做过的操作，不发新内容。请重新登录；仍不行，可能是您的账号或这台电脑已停用，请联系管理员。" {
		t.Errorf("it reads %+v", l)
	}
	if l := chinese(t).line(replica.Status{OfflineSince: noon}, ""); l.Trouble != "" {
		t.Errorf("and without a line: %+v", l)
	}
}

// TestWhatIsWrongWithAFileIsSaidWithItsPlace and the way out.
func TestWhatIsWrongWithAFileIsSaidWithItsPlace(t *testing.T) {
	s := chinese(t)
	for code, want := range map[syncproto.Code]string{
		replica.CodeDamaged:     "本机数据文件已损坏，没有删除任何内容。请先备份整个文件夹（可能有未发送的工作），再换一个数据文件夹登记：/数据",
		replica.CodeForeign:     "/数据 不是诉达的数据文件，已原样保留。请用 --data 指定正确的文件夹。",
		replica.CodeNewer:       "/数据 由更新版本的程序写过，已原样保留。请安装新版本后再打开。",
		replica.CodeBusy:        "另一个程序正占用数据文件 /数据，这一步没有保存。请关闭它（例如备份软件）后重试。",
		replica.CodeUnwritable:  "无法读写 /数据，这一步没有保存。请检查文件和文件夹是否允许当前用户读写，再试一次。",
		replica.CodeKeyMissing:  "找不到设备密钥 /数据，没有删除任何内容。请把密钥文件放回原处；如果数据文件夹是从另一台电脑复制来的，请回到那台电脑上使用。都不行就保留整个文件夹，再换一个数据文件夹登记。",
		replica.CodeNoFolder:    "不能使用数据文件夹 /数据。请检查它是否是文件夹、当前用户能否读写，或用 --data 另外指定一个。",
		replica.CodeInUse:       "另一个诉达窗口正在使用这个数据文件夹，请回到那个窗口，或先关闭它。",
		syncproto.CodeMalformed: "内容无法识别（所填内容）。请检查后重试。",
	} {
		err := errors.Join(&syncproto.Problem{Code: code, Doing: "opening a replica", Detail: "/数据"}, errors.New("the cause"))
		if got := s.Problem(err); got != want {
			t.Errorf("%s reads %q, want %q", code, got, want)
		}
	}
}

// TestWhatAClaimLacks is said at its field, all at once.
func TestWhatAClaimLacks(t *testing.T) {
	s := chinese(t)
	id := func() syncproto.ID { return syncproto.Derive("claim") }
	for name, c := range map[string]struct {
		form TicketForm
		want []Fault
	}{
		"everything":              {TicketForm{}, []Fault{{FieldAmount, "请填写大于零的金额，最多两位小数。"}, {FieldWhat, "请填写事由。"}}},
		"an amount of nothing":    {TicketForm{Amount: "0", Text: "代步车"}, []Fault{{FieldAmount, "请填写大于零的金额，最多两位小数。"}}},
		"a negative amount":       {TicketForm{Amount: "-5", Text: "代步车"}, []Fault{{FieldAmount, "请填写大于零的金额，最多两位小数。"}}},
		"three decimals":          {TicketForm{Amount: "1.234", Text: "代步车"}, []Fault{{FieldAmount, "请填写大于零的金额，最多两位小数。"}}},
		"letters":                 {TicketForm{Amount: "很多", Text: "代步车"}, []Fault{{FieldAmount, "请填写大于零的金额，最多两位小数。"}}},
		"more than there is":      {TicketForm{Amount: "99999999999999", Text: "代步车"}, []Fault{{FieldAmount, "请填写大于零的金额，最多两位小数。"}}},
		"a warranty order's what": {TicketForm{Warranty: true, Text: "  "}, []Fault{{FieldWhat, "请填写事由。"}}},
	} {
		c.form.Action = Action(syncproto.CommandFileClaim)
		wishes, faults := s.Act(Panorama{Number: "K7MQ-00001"}, c.form, id)
		if len(wishes) != 0 || len(faults) != len(c.want) {
			t.Errorf("%s: %d wishes, %v, want %v", name, len(wishes), faults, c.want)
			continue
		}
		for i := range faults {
			if faults[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", name, faults[i], c.want[i])
			}
		}
	}
}

// TestWhatAnActionOnATicketLacks: an empty text, or blanks alone, is no answer and no note.
func TestWhatAnActionOnATicketLacks(t *testing.T) {
	s := chinese(t)
	for kind, want := range map[syncproto.CommandKind]Fault{
		syncproto.CommandContact:  {FieldText, "请填写内容。"},
		syncproto.CommandRespond:  {FieldText, "请填写内容。"},
		syncproto.CommandNote:     {FieldText, "请填写内容。"},
		syncproto.CommandDispatch: {FieldDepartment, "请填写部门。"},
	} {
		wishes, faults := s.Act(Panorama{}, TicketForm{Action: Action(kind), Text: " \n ", Cause: syncproto.Derive("a dispatch")}, nil)
		if len(wishes) != 0 || len(faults) != 1 || faults[0] != want {
			t.Errorf("%v: %d wishes, %v, want %v", kind, len(wishes), faults, want)
		}
	}
}
