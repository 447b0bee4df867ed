package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"redress/assets"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
)

// clips looks for text that a page does not show in full.
type clips struct {
	fixed map[string]bool // words of the interface, which are never cut
	found []string
}

func (c *clips) say(o fyne.CanvasObject, format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf("%T ", o)+fmt.Sprintf(format, args...))
}

// slack is what is forgiven to rounding, in units.
const slack = 1.5

// walk looks at an object at its place in the window, and at all in it. right is where what
// is left of it ends to be seen.
func (c *clips) walk(o fyne.CanvasObject, at fyne.Position, right float32) {
	if !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	switch o := o.(type) {
	case *prose:
		c.prose(o, at, right)
		return
	case *canvas.Text:
		c.text(o, at, right)
		return
	case *choice:
		c.choice(o)
	case *press:
		if least := o.MinSize(); o.Size().Width+slack < least.Width || o.Size().Height+slack < least.Height {
			c.say(o, "%q needs %v and has %v", o.word, least, o.Size())
		}
	case *container.Scroll: // its content may be higher than it, not wider
		c.walk(o.Content, at, min(right, at.X+o.Size().Width))
		return
	case *ime.Field:
		return // what is typed scrolls
	case *rows:
		right = min(right, at.X+o.Size().Width)
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, inner := range o.Objects {
			c.walk(inner, at, right)
		}
	case fyne.Widget:
		for _, inner := range test.WidgetRenderer(o).Objects() {
			c.walk(inner, at, right)
		}
	}
}

// text is a text of the toolkit's: it is never wrapped, so it needs all of its width.
func (c *clips) text(o *canvas.Text, at fyne.Position, right float32) {
	if o.Text == "" {
		return
	}
	least := o.MinSize()
	if least.Width > o.Size().Width+slack || least.Height > o.Size().Height+slack {
		c.say(o, "%q needs %v and has %v", o.Text, least, o.Size())
	}
	if at.X+least.Width > right+slack {
		c.say(o, "%q ends at %.0f, and what is seen at %.0f", o.Text, at.X+least.Width, right)
	}
}

// prose may be cut with an ellipsis on purpose: where it is of one line and says data, not a
// word of the interface, nor money.
func (c *clips) prose(o *prose, at fyne.Position, right float32) {
	if o.text == "" {
		return
	}
	if least := o.MinSize(); o.Size().Height+slack < least.Height {
		c.say(o, "%q needs a height of %v and has %v", o.text, least.Height, o.Size().Height)
	}
	for _, line := range o.broken() {
		if end := at.X + o.width(line); end > right+slack || o.width(line) > o.Size().Width+slack {
			c.say(o, "%q ends at %.0f, its room at %.0f, and what is seen at %.0f", line, end, at.X+o.Size().Width, right)
		}
	}
	money := strings.Contains(o.text, "¥")
	if shown := strings.Join(o.broken(), ""); o.lines == 1 && shown != o.text && (money || c.fixed[strings.TrimSpace(o.text)]) {
		c.say(o, "%q is cut to %q", o.text, shown)
	}
}

// choice shows what was picked, or its invitation.
func (c *clips) choice(o *choice) {
	text := o.Selected
	if text == "" {
		text = o.PlaceHolder
	}
	least := widget.NewSelect([]string{text}, nil)
	least.SetSelected(text)
	if need := least.MinSize().Width; c.fixed[text] && o.Size().Width+slack < need {
		c.say(o, "%q needs %.0f and has %.0f", text, need, o.Size().Width)
	}
}

// rowsIn are the rows of lists that are drawn.
func rowsIn(o fyne.CanvasObject) (faces []*rowFace) {
	if face, is := o.(*rowFace); is {
		return []*rowFace{face}
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, inner := range o.Objects {
			faces = append(faces, rowsIn(inner)...)
		}
	case fyne.Widget:
		for _, inner := range test.WidgetRenderer(o).Objects() {
			faces = append(faces, rowsIn(inner)...)
		}
	}
	return faces
}

// clipped is what of a window is not shown in full.
func clipped(t *testing.T, s *screen, language string) []string {
	t.Helper()
	c := &clips{fixed: fixedWords(t, language)}
	c.walk(s.face(), fyne.NewPos(0, 0), s.size.Width)
	if least := s.Content().MinSize(); least.Width > s.size.Width+slack || least.Height > s.size.Height+slack {
		c.say(s.Content(), "the page needs %v and has %v", least, s.size)
	}
	for _, face := range rowsIn(s.face()) { // time and money are never cut
		for _, p := range []*prose{face.lead, face.under, face.due} {
			if p != nil && strings.Join(p.broken(), "") != p.text {
				c.say(p, "%q is cut to %q", p.text, p.broken())
			}
		}
	}
	slices.Sort(c.found)
	return slices.Compact(c.found)
}

// fixedWords are the words of a language in which nothing is filled in.
func fixedWords(t *testing.T, language string) map[string]bool {
	t.Helper()
	data, err := assets.Words.ReadFile("words/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatal(err)
	}
	fixed := map[string]bool{}
	for _, text := range texts {
		if text != "" && !strings.Contains(text, "{{") {
			fixed[text] = true
		}
	}
	return fixed
}

// TestNoTextIsClipped: every page and form, in both languages, in a window of 1280 × 800 at
// three scales.
func TestNoTextIsClipped(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			var variants []variant
			languages := []string{"zh", "en"}
			for _, language := range languages {
				variants = append(variants, variant{wordsOf(t, language), theme.Light(), []float32{100, 80, 150}})
			}
			shown := 0
			c.play(t, variants, func(s *screen, v variant, scale float32) {
				language := languages[shown/len(v.scales)]
				shown++
				for _, what := range clipped(t, s, language) {
					t.Errorf("%s at %v %%: %s", language, scale, what)
				}
			})
		})
	}
}

// TestAClippedTextIsFound: the walk sees what it is there to see.
func TestAClippedTextIsFound(t *testing.T) {
	chinese := wordsOf(t, "zh")
	long := func(key string, args ...any) string {
		if key == "action.signOut" {
			return strings.Repeat("退出", 80)
		}
		return chinese(key, args...)
	}
	_, p, _ := offline(t)
	for name, plant := range map[string]func(s *screen){
		"a button wider than its row": func(s *screen) { s.app.words = long; s.at(p) },
		"a label cut in its column": func(s *screen) {
			s.SetContent(container.NewHBox(wideAs(20, cut(chinese("action.signOut"), body))))
		},
		"a toolkit's text in less than it needs": func(s *screen) {
			text := canvas.NewText("一二三四五六七八九十", theme.Light().Color("foreground", 0))
			s.SetContent(container.NewWithoutLayout(text))
			text.Resize(fyne.NewSize(20, 20))
		},
	} {
		s := newScreen(t, door{})
		plant(s)
		s.settle()
		if len(clipped(t, s, "zh")) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}
