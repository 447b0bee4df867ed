package ui

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/desktop/ui/theme"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// seatAt is a desk of the test's office as the windows see one.
type seatAt struct {
	*presenttest.Desk
	trouble syncproto.Code
	left    bool
	refused bool
	gave    int // commands
	roll    present.Roll
	called  int // how often the server was asked about all desks
}

func (p *seatAt) Read() syncproto.Reading { return p.Reading() }

func (p *seatAt) NewID() syncproto.ID { return p.Office.NewID() }

func (p *seatAt) View() present.Desk { return p.Desk.Desk }

func (p *seatAt) Give(ctx context.Context, wishes []replica.Wish) error {
	_, err := p.Replica.TapAll(ctx, wishes, func() replica.Moment { return replica.Moment{ID: p.NewID(), Reading: p.Read()} })
	if err == nil {
		p.gave += len(wishes)
	}
	return err
}

func (p *seatAt) Trouble() syncproto.Code { return p.trouble }

func (p *seatAt) Retry() {}

func (p *seatAt) Refused() bool { return p.refused }

func (p *seatAt) Roll() present.Roll { return p.roll }

func (p *seatAt) CallRoll() {
	p.called++
	p.roll.Asked, p.roll.Asking = p.Office.Now, true
}

func (p *seatAt) EndRoll() { p.roll.Asking = false }

func (p *seatAt) Watch(do replica.Changed) { p.Changed = do }

func (p *seatAt) Leave() { p.left = true }

// door is a machine at which some people have worked before.
type door struct {
	logins []string
	err    error
}

func (d door) Logins() ([]string, error) { return d.logins, nil }

func (d door) LogIn(context.Context, string, string) (*workplace.Workplace, error) {
	return nil, d.err
}

func (d door) Enrol(context.Context, workplace.Newcomer) (*workplace.Workplace, error) {
	return nil, d.err
}

func (d door) EnrolAgain(context.Context, workplace.Return) (*workplace.Workplace, error) {
	return nil, d.err
}

// inline runs everything at once: the test's goroutine is the interface's.
var inline = Threads{Work: func(do func()) { do() }, UI: func(do func()) { do() }}

// screen is a window of a test, of the size the product is drawn for.
type screen struct {
	fyne.Window
	t    *testing.T
	app  *App
	size fyne.Size
}

func newScreen(t *testing.T, d Door) *screen {
	t.Helper()
	return newScreenOf(t, d, presenttest.Words(t), theme.Light(), 100)
}

// newScreenOf is a screen of 1280 × 800 pixels in a language, a theme, and a scale in percent.
func newScreenOf(t *testing.T, d Door, words present.Words, look fyne.Theme, scale float32) *screen {
	t.Helper()
	wear(look)
	w := test.NewTempWindow(t, nil)
	s := &screen{Window: w, t: t, size: fyne.NewSize(1280*100/scale, 800*100/scale)}
	w.Resize(s.size)
	s.app = New(w, d, words, inline, Newcomer{Server: "http://127.0.0.1:8021"})
	return s
}

// office is the toolkit's application, one for all tests: each would read the fonts anew, which
// takes longer than most tests, and the toolkit keeps the last 32 of them, 60 MB each.
var office = test.NewApp()

// wear has the windows from now on in a theme.
func wear(look fyne.Theme) {
	if fyne.CurrentApp() != office { // a test had its own
		fyne.SetCurrentApp(office)
	}
	if !reflect.DeepEqual(office.Settings().Theme(), look) {
		office.Settings().SetTheme(look)
	}
}

// settle lets texts that wrap find their heights.
func (s *screen) settle() {
	for range 3 {
		s.Content().Refresh()
		s.Content().Resize(fyne.NewSize(s.Content().Size().Width, s.Content().Size().Height-1))
		s.Resize(s.size)
		s.Content().Resize(s.size)
		if over := s.Canvas().Overlays().Top(); over != nil {
			over.Refresh()
			over.Resize(fyne.NewSize(s.size.Width, s.size.Height-1))
			over.Resize(s.size)
		}
	}
}

func (s *screen) at(p *seatAt) *shell {
	s.t.Helper()
	s.app.Enter(p)
	s.settle()
	return s.app.shell
}

// press is a key of the window with modifiers.
func (s *screen) press(name fyne.KeyName, modifier fyne.KeyModifier) {
	s.t.Helper()
	if c := (chord{name, modifier}); slices.Contains(s.app.chords(), c) {
		s.app.strike(c)
		s.settle()
		return
	}
	s.t.Fatalf("the window has no key %s", name)
}

// face is what can be used: what lies over the window, else what is in it.
func (s *screen) face() fyne.CanvasObject {
	if over := s.Canvas().Overlays().Top(); over != nil {
		return over
	}
	return s.Content()
}

// key goes to what has the focus, or to the window.
func (s *screen) key(name fyne.KeyName) {
	event := &fyne.KeyEvent{Name: name}
	if f := s.Canvas().Focused(); f != nil {
		f.TypedKey(event)
	} else if s.Canvas().OnTypedKey() != nil {
		s.Canvas().OnTypedKey()(event)
	}
	s.settle()
}

// write types into what has the focus.
func (s *screen) write(text string) {
	s.t.Helper()
	f := s.Canvas().Focused()
	if f == nil {
		s.t.Fatal("nothing has the focus")
	}
	test.Type(f, text)
}

func (s *screen) tab() { s.Canvas().FocusNext() }

func (s *screen) golden(name string) {
	s.t.Helper()
	s.settle()
	test.AssertRendersToMarkup(s.t, name+".xml", s.Canvas())
}
