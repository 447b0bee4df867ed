package ui

import (
	"maps"
	"math"
	"os"
	"strconv"

	"fyne.io/fyne/v2"

	"redress/desktop/diskcrypt"
	"redress/desktop/ui/theme"
	"redress/desktop/workplace"
)

// Habits are how people like the program at this machine, and what makes it so. The zero
// Habits are those of a machine where nobody has chosen anything, and keep nothing.
type Habits struct {
	Looks   workplace.Looks
	Trouble string // the key of the words that say why kept looks were not read; "" for none
	// NativeScale is the toolkit's own scale variable as the program found it; a chosen scale
	// multiplies it.
	NativeScale string
	Speak       func(language string)
	Keep        func(workplace.Looks) error
	Notify      func(title, text string)
	// Disk is what the system says of the disk, as far as it has said so; nil shows nothing.
	Disk func() diskcrypt.State
}

// scaleVariable is where the toolkit looks for a scale. It looks again whenever the theme
// is set, which makes this the one way to scale a window that is open.
const scaleVariable = "FYNE_SCALE"

// Appear makes the toolkit light or dark, and as large as chosen.
func (h Habits) Appear() error {
	scale := percent(h.Looks.Scale)
	if native, err := strconv.ParseFloat(h.NativeScale, 64); err == nil && native > 0 {
		scale = strconv.FormatFloat(native*float64(h.Looks.Scale)/100, 'f', 1, 64)
	}
	err := os.Setenv(scaleVariable, scale)
	shades := map[workplace.Shade]func() fyne.Theme{
		workplace.ShadeLight: theme.Light, workplace.ShadeDark: theme.Dark, workplace.ShadeSystem: theme.System,
	}
	fyne.CurrentApp().Settings().SetTheme(shades[h.Looks.Shade]())
	return err //nolint:wrapcheck // shown as it is
}

// Window is the size of the window in units of the chosen scale: what it was left at.
func (h Habits) Window() fyne.Size {
	part := float32(h.Looks.Scale) / 100
	return fyne.NewSize(float32(h.Looks.Width)/part, float32(h.Looks.Height)/part)
}

// visit notes where a person is.
func (h *Habits) visit(person string, at int) {
	if h.Looks.Places == nil {
		h.Looks.Places = map[string]int{}
	}
	h.Looks.Places[person] = at
}

// Use gives the window its habits; call it before anybody is greeted.
func (a *App) Use(h Habits) { a.habits = h }

// Looks are how the window looks now, with its size: what is to be kept when it is left.
func (a *App) Looks() workplace.Looks {
	looks := a.habits.Looks
	size := a.window.Canvas().Size()
	part := float32(looks.Scale) / 100
	looks.Width, looks.Height = int(math.Round(float64(size.Width*part))), int(math.Round(float64(size.Height*part)))
	return looks
}

// follow has the pages follow the system where that was chosen: a page that is not in the
// window would keep the old colours.
func (a *App) follow() {
	settings := fyne.CurrentApp().Settings()
	before := settings.ThemeVariant()
	settings.AddListener(func(set fyne.Settings) {
		if now := set.ThemeVariant(); now != before {
			before = now
			a.threads.UI(a.renew)
		}
	})
}

// take makes looks count: at once, in every page, and on the disk.
func (a *App) take(looks workplace.Looks) {
	before := a.Looks()
	looks.Width, looks.Height = before.Width, before.Height
	// The window stays as large as it is on the screen. What the canvas says between two scales
	// is not what anybody wants: the toolkit keeps its units for a moment, and a window that
	// grew out of the screen is made smaller by the system.
	if a.settings != nil && looks.Scale != before.Scale {
		looks.Width, looks.Height = a.stood[0], a.stood[1]
	}
	a.habits.Looks, a.habits.Trouble = looks, ""
	a.keep(looks)
	if looks.Language == before.Language && looks.Shade == before.Shade && looks.Scale == before.Scale {
		return
	}
	if a.habits.Speak != nil {
		a.habits.Speak(looks.Language)
	}
	if err := a.habits.Appear(); err != nil && a.settings != nil {
		a.settings.say(err)
	}
	if looks.Scale != before.Scale {
		a.window.Resize(a.habits.Window())
	}
	a.renew()
}

// keep writes looks to the disk.
func (a *App) keep(looks workplace.Looks) {
	keep := a.habits.Keep
	looks.Places = maps.Clone(looks.Places) // the pages go on writing into the other
	if keep == nil {
		return
	}
	ask(a.threads, func() (struct{}, error) { return struct{}{}, keep(looks) }, func(_ struct{}, err error) {
		switch {
		case a.settings != nil:
			a.settings.say(err)
		case err != nil && a.shell != nil:
			a.shell.line.refuse(notKept(a.words, err))
		}
	})
}

// openSettings shows the settings in place of what is in the window.
func (a *App) openSettings() {
	a.closeOver()
	if a.settings != nil {
		return
	}
	looks := a.Looks()
	a.stood = [2]int{looks.Width, looks.Height}
	a.behind, a.settings = a.front, newSettings(a)
	a.focus = a.window.Canvas().Focused()
	a.window.SetContent(a.settings.content)
	a.listen(a.settings)
	a.settings.form.begin()
}

// closeSettings goes back to what was in the window.
func (a *App) closeSettings() {
	if a.settings == nil {
		return
	}
	a.settings = nil
	a.bringBack(a.behind, a.focus)
	a.behind, a.focus = nil, nil
}

// bringBack shows a page of the whole window, with the focus where it was; where that is
// gone, where work begins.
func (a *App) bringBack(page keyed, focus fyne.Focusable) {
	switch p := page.(type) {
	case *shell:
		a.window.SetContent(p.content)
		a.listen(p)
		if focus == nil {
			p.pages[p.here].open()
		}
		p.reload()
	case *loginPage:
		a.window.SetContent(p.content)
		a.listen(p)
		if focus == nil {
			p.begin()
		}
	}
	switch {
	case focus == nil:
	case shows(a.window.Canvas().Content(), focus):
		focusOn(focus)
	default: // what was being sent is, and its form is gone
		a.home()
	}
}

// renew builds every page anew, in the language and the looks of now, with what was typed
// and picked in the old ones. What was sent before is answered before.
func (a *App) renew() {
	ask(a.threads, func() (struct{}, error) { return struct{}{}, nil }, func(struct{}, error) {
		front := a.front
		if a.settings != nil {
			front = a.behind
		}
		if sends(front) { // since that was asked
			a.renew()
			return
		}
		a.closeOver() // it is about the pages as they were
		a.closeLists()
		a.heir = heir{}
		var fresh keyed
		switch old := front.(type) {
		case *shell:
			s := newShell(a, old.place)
			a.shell = s
			s.carry(old)
			fresh = s
		case *loginPage:
			p := newLogin(a)
			p.carry(old)
			fresh = p
			a.window.SetTitle(a.words("window.title", "Who", a.words("login.title")))
		default:
			return
		}
		if a.settings == nil {
			a.bringBack(fresh, nil)
			a.heir.instead = a.window.Canvas().Focused()
			return
		}
		at := a.settings.at()
		a.behind, a.focus = fresh, nil // the widget that had the focus is gone
		wrong := a.settings.wrong
		a.settings = newSettings(a)
		a.settings.say(wrong)
		a.window.SetContent(a.settings.content)
		a.listen(a.settings)
		if at >= 0 {
			focusOn(a.settings.form.inputs[at].focus)
		}
	})
}

// sends says that something was sent from a page of the whole window and is not answered.
func sends(page keyed) bool {
	switch p := page.(type) {
	case *shell:
		return p.drafts.giving > 0
	case *loginPage:
		return p.busy
	}
	return false
}
