package ui

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// ink is how a text is written.
type ink struct {
	size  fyne.ThemeSizeName
	color fyne.ThemeColorName
	bold  bool
}

var (
	body    = ink{stock.SizeNameText, stock.ColorNameForeground, false}
	strong  = ink{stock.SizeNameText, stock.ColorNameForeground, true}
	quiet   = ink{stock.SizeNameCaptionText, theme.ColorQuiet, false}
	heading = ink{stock.SizeNameSubHeadingText, stock.ColorNameForeground, true}
	number  = ink{stock.SizeNameHeadingText, stock.ColorNameForeground, true}
	fault   = ink{stock.SizeNameCaptionText, stock.ColorNameError, false}
	duty    = ink{stock.SizeNameCaptionText, theme.NeedsYou.Color(), true} // what the person has to do
	kept    = ink{stock.SizeNameCaptionText, theme.Warning.Color(), true}  // what is not final yet
)

// in is the same ink in a role's colour.
func (i ink) in(role theme.Role) ink {
	i.color = role.Color()
	return i
}

// signed is a text with the sign and in the colour of a role, if there is one.
func signed(role theme.Role, text string, pen ink) (string, ink) {
	if role == "" || text == "" {
		return text, pen
	}
	return role.Sign() + " " + text, pen.in(role)
}

// join puts a middle dot between the parts that are not empty.
func join(parts ...string) string {
	text := ""
	for _, p := range parts {
		if p != "" && text != "" {
			text += " · "
		}
		text += p
	}
	return text
}

// paragraphs puts a text under another; what is empty takes no line.
func paragraphs(above, below string) string {
	if above == "" || below == "" {
		return above + below
	}
	return above + "\n" + below
}

// inOneLine is what is wrong, where there is one line for it.
func inOneLine(faults []present.Fault) string {
	text := ""
	for _, f := range faults {
		text = join(text, f.Text)
	}
	return text
}

// lineHeight is a line's height for its letters: 1.5 of body text.
const lineHeight = 1.5

// prose is a text of one colour, set as Chinese is: it may break between any two Chinese
// characters, not inside a number or a Latin word, and no line begins with a closing sign.
// What others wrote cannot turn what is read (syncproto.Legible): every text is painted by a
// prose, but for the words of a press and the options of a choice.
// With lines 1 it is cut with an ellipsis where it does not fit, with more after so many lines.
type prose struct {
	widget.BaseWidget
	text  string
	ink   ink
	lines int  // at most; 0 is as many as it takes
	whole bool // of one line: left out where it does not fit, instead of cut

	set []string // as broken for the width
	at  float32  // the width
}

// say makes a text that wraps.
func say(text string, i ink) *prose { return newProse(text, i, 0) }

// cut makes a text of one line.
func cut(text string, i ink) *prose { return newProse(text, i, 1) }

func newProse(text string, i ink, lines int) *prose {
	p := &prose{text: syncproto.Legible(text), ink: i, lines: lines}
	p.ExtendBaseWidget(p)
	return p
}

// write changes the text.
func (p *prose) write(text string, i ink) {
	text = syncproto.Legible(text)
	if p.text == text && p.ink == i {
		return
	}
	p.text, p.ink, p.set = text, i, nil
	p.Refresh()
}

func (p *prose) textSize() float32 { return p.Theme().Size(p.ink.size) }

func (p *prose) style() fyne.TextStyle { return fyne.TextStyle{Bold: p.ink.bold} }

// Resize breaks the text anew where the width changed.
func (p *prose) Resize(size fyne.Size) {
	if size.Width != p.at {
		p.at, p.set = size.Width, nil
	}
	p.BaseWidget.Resize(size)
	p.Refresh()
}

// MinSize is the height that the last width needs; a text of one line can be of any width.
func (p *prose) MinSize() fyne.Size {
	p.ExtendBaseWidget(p)
	lines := len(p.broken())
	if p.text == "" && p.lines != 1 {
		return fyne.NewSize(0, 0) // nothing to say takes no room
	}
	return fyne.NewSize(0, float32(max(1, lines))*p.textSize()*lineHeight)
}

// natural is the size of the text on one line.
func (p *prose) natural() fyne.Size {
	return fyne.NewSize(p.width(p.text)+1, p.textSize()*lineHeight)
}

func (p *prose) width(text string) float32 {
	return fyne.MeasureText(text, p.textSize(), p.style()).Width
}

func (p *prose) broken() []string {
	if p.set == nil {
		switch {
		case p.at <= 0 && p.whole:
			return nil // nor is it written over what has the room
		case p.at <= 0:
			return []string{p.text}
		case p.lines == 1:
			p.set = []string{p.shortened(strings.ReplaceAll(p.text, "\n", " "))}
		default:
			p.set = p.wrapped()
		}
		if last := p.lines - 1; last > 0 && len(p.set) > p.lines {
			p.set = append(p.set[:last:last], p.shortened(p.set[last]+"…"))
		}
	}
	return p.set
}

// shortened cuts the text to the width, with an ellipsis where something is left out.
func (p *prose) shortened(text string) string {
	if p.width(text) <= p.at {
		return text
	}
	if p.whole {
		return ""
	}
	runes := []rune(strings.TrimSuffix(text, "…"))
	low, high := 0, len(runes)
	for low < high {
		middle := (low + high + 1) / 2
		if p.width(string(runes[:middle])+"…") <= p.at {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return string(runes[:low]) + "…"
}

// wrapped breaks the text into lines.
func (p *prose) wrapped() []string {
	var lines []string
	for paragraph := range strings.SplitSeq(p.text, "\n") {
		line, wide := "", float32(0)
		for _, piece := range pieces(paragraph) {
			w := p.width(piece)
			if line != "" && wide+w > p.at {
				lines = append(lines, strings.TrimRight(line, " "))
				line, wide = "", 0
				piece = strings.TrimLeft(piece, " ")
				w = p.width(piece)
			}
			for w > p.at && len([]rune(piece)) > 1 { // a word longer than a line
				head := p.fitting(piece)
				lines = append(lines, head)
				piece = piece[len(head):]
				w = p.width(piece)
			}
			line += piece
			wide += w
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func (p *prose) fitting(word string) string {
	runes := []rune(word)
	n := 1
	for n < len(runes) && p.width(string(runes[:n+1])) <= p.at {
		n++
	}
	for n > 1 && n < len(runes) && strings.ContainsRune(noStart, runes[n]) {
		n-- // no line begins with a closing sign
	}
	return string(runes[:n])
}

// noStart cannot begin a line, noEnd cannot end one.
const (
	noStart = "，。、；：？！”’）》】…—,.;:?!)]}%"
	noEnd   = "“‘（《【([{¥￥"
)

// pieces are the parts between which a line may break.
func pieces(text string) []string {
	var parts []string
	var last rune
	for _, r := range text {
		if len(parts) == 0 || breaks(last, r) {
			parts = append(parts, string(r))
		} else {
			parts[len(parts)-1] += string(r)
		}
		last = r
	}
	return parts
}

// breaks says whether a line may break between two characters.
func breaks(before, after rune) bool {
	switch {
	case strings.ContainsRune(noStart, after) || strings.ContainsRune(noEnd, before):
		return false
	case before == ' ':
		return true
	}
	return wide(before) || wide(after)
}

// wide says that the character stands for itself, as Chinese ones do.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30ff || r >= 0xff00 && r <= 0xffef ||
		strings.ContainsRune("“”‘’…—·", r)
}

// CreateRenderer is the widget's own.
func (p *prose) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	r := &proseRenderer{prose: p}
	r.Refresh()
	return r
}

type proseRenderer struct {
	prose *prose
	lines []fyne.CanvasObject
}

func (r *proseRenderer) Destroy() {}

func (r *proseRenderer) MinSize() fyne.Size { return r.prose.MinSize() }

func (r *proseRenderer) Objects() []fyne.CanvasObject { return r.lines }

func (r *proseRenderer) Layout(size fyne.Size) {
	height := r.prose.textSize() * lineHeight
	for i, l := range r.lines {
		l.Move(fyne.NewPos(0, float32(i)*height+(height-l.MinSize().Height)/2))
		l.Resize(fyne.NewSize(size.Width, l.MinSize().Height))
	}
}

func (r *proseRenderer) Refresh() {
	p := r.prose
	shade := r.shade()
	set := p.broken()
	r.lines = r.lines[:0]
	for _, text := range set {
		line := canvas.NewText(text, shade)
		line.TextSize, line.TextStyle = p.textSize(), p.style()
		r.lines = append(r.lines, line)
	}
	r.Layout(p.Size())
	canvas.Refresh(p)
}

func (r *proseRenderer) shade() color.Color {
	return r.prose.Theme().Color(r.prose.ink.color, fyne.CurrentApp().Settings().ThemeVariant())
}
