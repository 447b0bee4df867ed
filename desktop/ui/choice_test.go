package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// TestWhatIsTypedOnAChoicePicks: every word is what the choice then stands at, and what stands
// beside it.
func TestWhatIsTypedOnAChoicePicks(t *testing.T) {
	regions := []string{"华北区", "华东区", "华南区", "西南区", "Parts", "重庆服务站", "Product"}
	for _, c := range []struct{ what, from, typed, want string }{
		{"the first letters of its pinyin", "", "h d", "华北区 h, 华东区 hd"},
		{"as it is written", "", "西 南", "西南区 西, 西南区 西南"},
		{"a letter again is the next", "", "h h h h", "华北区 h, 华东区 h, 华南区 h, 华北区 h"},
		{"from what stands there on", "华南区", "h", "华北区 h"},
		{"what fits no further begins anew", "", "h d x", "华北区 h, 华东区 hd, 西南区 x"},
		{"a letter that fits nothing is not taken", "华东区", "h d j", "华南区 h, 华东区 hd, 华东区 hd"},
		{"Latin letters, of either size", "", "p r o", "Parts p, Product pr, Product pro"},
		{"one that is read in two ways", "", "c q", "重庆服务站 c, 重庆服务站 cq"},
		{"in the middle, where nothing begins so", "", "f w", "重庆服务站 f, 重庆服务站 fw"},
		{"Backspace begins anew", "", "h BackSpace d", "华北区 h, 华北区 , 华东区 d"},
		{"Esc begins anew", "", "h Escape d", "华北区 h, 华北区 , 华东区 d"},
		{"Tab and back begins anew", "", "h Tab d", "华北区 h, 华北区 , 华东区 d"},
	} {
		s := newScreen(t, door{})
		choice, left := newChoice(slices.Clone(regions), "请选择"), false
		in := newInput("region", "区域", choice)
		s.SetContent(in.box)
		s.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { left = true })
		choice.SetSelected(c.from)
		focusOn(choice)
		var got []string
		for _, typed := range strings.Fields(c.typed) {
			switch {
			case typed == "Tab":
				choice.FocusLost()
				choice.FocusGained()
			case len(typed) > 3 && typed[0] < 'a':
				s.key(fyne.KeyName(typed))
			default:
				s.write(typed)
			}
			beside := strings.TrimPrefix(strings.TrimPrefix(in.name.text, "区域"), " · ")
			got = append(got, choice.Selected+" "+beside)
		}
		if got := strings.Join(got, ", "); got != c.want || left {
			t.Errorf("%s: %s leads to %q, want %q; the window was told %v", c.what, c.typed, got, c.want, left)
		}
	}
}

// TestAnOpenedChoiceBeginsAtWhatIsPicked: Enter keeps it, and an arrow leads to its neighbour.
func TestAnOpenedChoiceBeginsAtWhatIsPicked(t *testing.T) {
	for keys, want := range map[string]string{"Return": "乙", "Down Return": "丙", "Up Return": "甲", "Escape": "乙"} {
		s := newScreen(t, door{})
		c := newChoice([]string{"甲", "乙", "丙"}, "")
		s.SetContent(newInput("one", "一", c).box)
		c.SetSelected("乙")
		focusOn(c)
		s.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		if _, open := s.Canvas().Focused().(*widget.PopUpMenu); !open {
			t.Fatalf("the focus is on %v", s.Canvas().Focused())
		}
		for _, name := range strings.Fields(keys) {
			s.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyName(name)})
		}
		if c.Selected != want {
			t.Errorf("%s leads to %q, want %q", keys, c.Selected, want)
		}
	}
}
