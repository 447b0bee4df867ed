package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/ui/theme"
)

func TestWhereALineMayBreak(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"远程车控", "远|程|车|控"},
		{"还剩 1:50", "还|剩| |1:50"},
		{"批准 ¥1,200.00 后", "批|准| |¥1,200.00 |后"},
		{"他说：“不行”，走了。", "他|说：|“不|行”，|走|了。"},
		{"K7MQ-00001 black screen", "K7MQ-00001 |black |screen"},
		{"", ""},
	} {
		if got := strings.Join(pieces(c.text), "|"); got != c.want {
			t.Errorf("%q breaks as %s", c.text, got)
		}
	}
}

func TestProseFitsItsWidth(t *testing.T) {
	wear(theme.Light())
	text := "后台令牌过期，已重置，请客户重启应用；如果仍然“无法连接”，请回拨 021-5566-3001 转 LFV3A23C8K3012345LFV3A23C8K3012345。\n第二段。"
	for _, width := range []float32{60, 120, 240, 480} {
		p := say(text, body)
		p.Resize(fyne.NewSize(width, 10))
		if got := strings.NewReplacer("\n", "", " ", "").Replace(strings.Join(p.broken(), "")); got != strings.NewReplacer("\n", "", " ", "").Replace(text) {
			t.Errorf("at %v something was lost: %q", width, p.broken())
		}
		for i, line := range p.broken() {
			if w := p.width(line); w > width+1 {
				t.Errorf("at %v line %q is %v wide", width, line, w)
			}
			if r := []rune(line); i > 0 && len(r) > 0 && strings.ContainsRune("，。；”）", r[0]) {
				t.Errorf("at %v a line begins with a closing sign: %q", width, line)
			}
		}
		if want := float32(len(p.broken())) * 14 * lineHeight; p.MinSize().Height != want {
			t.Errorf("at %v it is %v high, not %v", width, p.MinSize().Height, want)
		}
	}
	one := cut(text, strong)
	one.Resize(fyne.NewSize(120, 21))
	if lines := one.broken(); len(lines) != 1 || !strings.HasSuffix(lines[0], "…") || one.width(lines[0]) > 120 {
		t.Errorf("cut to 120 it reads %q", lines)
	}
	if empty := say("", body); empty.MinSize().Height != 0 {
		t.Error("nothing to say takes room")
	}
	if !slices.Equal(cut("短", body).broken(), []string{"短"}) {
		t.Error("a short text is cut")
	}
}
