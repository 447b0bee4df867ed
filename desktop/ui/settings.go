package ui

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/workplace"
)

// settingsPage is how people like the program at this machine. It fills the window, before
// and after the log-in alike; every choice counts at once, and what was typed on the pages
// behind it stays.
type settingsPage struct {
	app     *App
	content *container.Scroll

	form     *form
	language *choice
	shade    *choice
	scale    *choice
	notify   *tick
	trouble  *prose
	wrong    error // why what was chosen last is not kept
}

func newSettings(a *App) *settingsPage {
	w, looks := a.words, a.habits.Looks
	p := &settingsPage{app: a, form: newForm(), trouble: say("", body)}
	p.language = newChoice([]string{w("settings.chinese"), w("settings.english")}, "")
	p.shade = newChoice([]string{w("settings.light"), w("settings.dark"), w("settings.system")}, "")
	percents := make([]string, 0, len(workplace.Scales))
	for _, n := range workplace.Scales {
		percents = append(percents, w("settings.percent", "N", n))
	}
	p.scale = newChoice(percents, "")
	p.notify = newTick(w("settings.notify"), nil)
	p.language.SetSelectedIndex(slices.Index(workplace.Languages, looks.Language))
	p.shade.SetSelectedIndex(slices.Index(workplace.Shades, looks.Shade))
	p.scale.SetSelectedIndex(slices.Index(workplace.Scales, looks.Scale))
	p.notify.SetChecked(!looks.Silent)
	for _, c := range []*choice{p.language, p.shade, p.scale} {
		c.OnChanged = func(string) { p.apply() } // from now on: what stands here is what counts already
	}
	p.notify.OnChanged = func(bool) { p.apply() }
	if a.habits.Trouble != "" {
		p.trouble.write(w(a.habits.Trouble), fault)
	}
	back := newPress(w("action.back"), leaveHint, next, p.leave)
	pick := func(key string, c *choice) fyne.CanvasObject {
		return p.form.add(newInput(key, w("settings."+key), c))
	}
	all := stacked(gap, say(w("settings.title"), heading), p.trouble,
		pick("language", p.language), pick("shade", p.shade), pick("scale", p.scale),
		p.form.add(newInput("notify", "", p.notify)), say(w("settings.notifyHelp"), quiet),
		say(w("settings.help"), quiet), p.form.general, flowing(back))
	p.content = container.NewVScroll(padded(16, container.New(limited(480), all)))
	return p
}

// chosen are the looks that stand on the page.
func (p *settingsPage) chosen() workplace.Looks {
	looks := p.app.habits.Looks
	looks.Language = workplace.Languages[p.language.SelectedIndex()]
	looks.Shade = workplace.Shades[p.shade.SelectedIndex()]
	looks.Scale = workplace.Scales[p.scale.SelectedIndex()]
	looks.Silent = !p.notify.Checked
	return looks
}

func (p *settingsPage) apply() { p.app.take(p.chosen()) }

// at is the number of the input that has the focus, -1 for none.
func (p *settingsPage) at() int {
	focused := p.app.window.Canvas().Focused()
	return slices.IndexFunc(p.form.inputs, func(i *input) bool { return focused != nil && i.focus == focused })
}

func (p *settingsPage) leave() { p.app.closeSettings() }

func (p *settingsPage) submit() { p.leave() }

func (p *settingsPage) board() fyne.CanvasObject { return p.content }

func (p *settingsPage) turn(pages float32) { turnPage(p.content, pages) }

// say says what could not be kept; nothing where it is.
func (p *settingsPage) say(err error) {
	text := ""
	if err != nil {
		text = notKept(p.app.words, err)
	}
	p.wrong = err
	p.form.general.write(text, p.form.general.ink)
	shown(p.form.general, text != "")
	p.content.Refresh()
}

func notKept(w present.Words, err error) string {
	return w("settings.notKept", "Detail", present.Problem(w, err))
}

// placeKey names a person in the looks.
func placeKey(p Place) string { return p.View().Replica.Owner().Person.String() }

// percent writes a scale as the toolkit reads it: 1.5.
func percent(scale int) string { return strconv.FormatFloat(float64(scale)/100, 'f', 1, 64) }
