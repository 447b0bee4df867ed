package workplace_test

import (
	"path/filepath"
	"testing"

	"redress/desktop/workplace"
)

// TestFlags: what the program was told, or one sentence that says what it does not take.
func TestFlags(t *testing.T) {
	t.Setenv("HOME", "/home/wang")
	t.Setenv("XDG_CONFIG_HOME", "/home/wang/.config")
	words := world(t).Words
	for name, c := range map[string]struct {
		args []string
		want workplace.Settings
		help bool
		says string
	}{
		"nothing":             {nil, workplace.Settings{Data: filepath.FromSlash("/home/wang/.config/redress")}, false, ""},
		"all":                 {[]string{"--data", "d", "--server=s", "--login", "l"}, workplace.Settings{Data: "d", Server: "s", Login: "l"}, false, ""},
		"help":                {[]string{"--help"}, workplace.Settings{}, true, ""},
		"an unknown flag":     {[]string{"--dta", "d"}, workplace.Settings{}, false, "不认识的参数：--dta"},
		"a word":              {[]string{"--data", "d", "e"}, workplace.Settings{Data: "d"}, false, "不认识的参数：e"},
		"a flag at its end":   {[]string{"--data"}, workplace.Settings{}, false, "参数缺少取值。"},
		"a folder of no name": {[]string{"--data", ""}, workplace.Settings{}, false, "参数缺少取值。"},
		"a flag twice":        {[]string{"--data", "d", "--data", "e"}, workplace.Settings{}, false, "参数给了两次：--data"},
	} {
		got, help, err := workplace.ReadFlags(c.args, words)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if said != c.says || help != c.help || said == "" && got != c.want {
			t.Errorf("%s: %+v, help %v, %q; want %+v, %q", name, got, help, said, c.want, c.says)
		}
	}
	t.Setenv("HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	if _, _, err := workplace.ReadFlags(nil, words); err == nil || err.Error() != "找不到存放数据的文件夹，请用 --data 指定。" {
		t.Errorf("without a home: %v", err)
	}
}
