package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/diskcrypt"
	"redress/desktop/present"
	"redress/desktop/ui/ime"
	"redress/desktop/workplace"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// Limits of what is typed to come in.
const (
	maxAddress = 200
	maxCode    = 40
)

// loginPage lets people in: those who work on this machine by their password, and who is
// new to it by the code the operator gave them.
type loginPage struct {
	app     *App
	content *container.Scroll
	cards   *fyne.Container
	busy    bool

	known    *form
	login    *choice
	password *ime.Field
	enter    *press

	fresh     *form
	server    *ime.Field
	newLogin  *ime.Field
	code      *ime.Field
	newSecret *ime.Field
	enrol     *press
	toKnown   *press
	disk      *prose // whether what will lie on this disk is encrypted

	knownCard, freshCard fyne.CanvasObject
	enrolling            bool
	back                 *comeBack
}

func newLogin(a *App) *loginPage {
	p := &loginPage{app: a, known: newForm(), fresh: newForm()}
	logins, err := a.door.Logins()
	p.back = newComeBack(p)
	p.knownCard, p.freshCard = p.buildKnown(logins), p.buildFresh()
	p.enrolling = len(logins) == 0
	if err != nil {
		p.known.blame([]present.Fault{{Text: present.Problem(a.words, err)}})
	}
	p.cards = stacked(gap, p.knownCard, p.freshCard, p.back.card)
	w := a.words
	settings := newPress(w("settings.fromLogin"), settingsHint, destination, a.openSettings)
	keys := newPress(w("keys.title"), keysHint, destination, a.toggleKeys)
	p.content = container.NewVScroll(container.NewCenter(wideAs(400, stacked(gap,
		cut(w("app.name"), number), say(w("app.tagline"), quiet), p.trouble(), p.cards, flowing(settings, keys)))))
	p.show(p.enrolling)
	p.watch(p.known, p.password)
	p.watch(p.fresh, p.newSecret)
	p.watch(p.back.form, p.back.secret)
	for _, f := range []*form{p.known, p.fresh, p.back.form} {
		for _, i := range f.inputs {
			if field, text := i.focus.(*ime.Field); text {
				onKeys(field, p.fieldKeys())
			}
		}
	}
	p.login.onEnter = func() { p.onwards(p.login) }
	return p
}

// fieldKeys are what Enter does here: nothing about a customer is sent by it.
func (p *loginPage) fieldKeys() []fieldKey {
	return []fieldKey{{"keys.comeIn", enters, func(f *ime.Field, _ *fyne.KeyEvent) { p.onwards(f) }}}
}

// onwards goes from a field to the next, and from the last in.
func (p *loginPage) onwards(from fyne.Focusable) {
	f := p.inFront()
	for n, i := range f.inputs {
		if i.focus != from {
			continue
		}
		if n == len(f.inputs)-1 {
			p.submit()
		} else {
			focusOn(f.inputs[n+1].focus)
		}
	}
}

// inFront is the form of the card that is shown.
func (p *loginPage) inFront() *form {
	switch {
	case p.back.open:
		return p.back.form
	case p.enrolling:
		return p.fresh
	}
	return p.known
}

// watch says beside a password what an input method does with it, which dots do not show: the
// keys that it takes do not go in, and what it writes may.
func (p *loginPage) watch(f *form, secret *ime.Field) {
	i := f.inputs[slices.IndexFunc(f.inputs, func(i *input) bool { return i.focus == fyne.Focusable(secret) })]
	foreign := func(r rune) bool { return r > unicode.MaxASCII }
	composing := false
	look := func() {
		key := ""
		switch {
		case composing:
			key = "login.composing"
		case strings.ContainsFunc(secret.Text, foreign):
			key = "login.foreign"
		}
		if key != "" {
			i.blame(p.app.words(key))
		}
	}
	secret.OnComposing = func(is bool) { composing = is; i.edited() }
	after := i.after
	i.after = func() { after(); look() }
}

// trouble says why the settings kept here were not read.
func (p *loginPage) trouble() fyne.CanvasObject {
	text := ""
	if key := p.app.habits.Trouble; key != "" {
		text = p.app.words(key)
	}
	return say(text, fault)
}

func (p *loginPage) buildKnown(logins []string) fyne.CanvasObject {
	w := p.app.words
	p.login = newChoice(logins, w("login.choose"))
	p.password = ime.NewPassword(syncproto.MaxPassword)
	if len(logins) > 0 {
		p.login.SetSelected(logins[0])
	}
	p.enter = newPress(w("action.signIn"), submitHint, next, p.submit)
	other := newPress(w("login.newHere"), "", plain, func() { p.show(true); p.begin() })
	return card(stacked(gap, say(w("login.title"), heading),
		p.known.add(newInput("login", w("name.login"), p.login)),
		p.known.field(w, "password", w("login.password"), p.password),
		p.known.general, flowing(p.enter, other), p.back.way))
}

func (p *loginPage) buildFresh() fyne.CanvasObject {
	w := p.app.words
	p.server, p.newLogin, p.code = ime.New(maxAddress), ime.New(organisation.MaxLogin), ime.New(maxCode)
	p.newSecret = ime.NewPassword(syncproto.MaxPassword)
	p.server.SetText(p.app.newcomer.Server)
	p.newLogin.SetText(p.app.newcomer.Login)
	p.server.SetPlaceHolder(w("login.serverExample"))
	p.enrol = newPress(w("login.enrol"), submitHint, next, p.submit)
	other := newPress(w("login.back"), leaveHint, plain, p.leave)
	if len(p.login.Options) == 0 {
		other.Hide() // nobody can log in here yet
	}
	p.toKnown, p.disk = other, say("", quiet)
	return card(stacked(gap, say(w("login.enrolTitle"), heading), say(w("login.enrolHelp"), quiet),
		p.fresh.field(w, "server", w("login.server"), p.server),
		p.fresh.field(w, "login", w("name.login"), p.newLogin),
		p.fresh.field(w, "code", w("login.code"), p.code),
		p.fresh.field(w, "password", w("login.password"), p.newSecret),
		p.fresh.general, p.disk, flowing(p.enrol, other)))
}

// tick says of the disk what the system has said by now.
func (p *loginPage) tick() {
	disk := p.app.habits.Disk
	shown(p.disk, disk != nil)
	if disk == nil {
		return
	}
	pen := quiet
	if disk() != diskcrypt.On {
		pen = fault
	}
	p.disk.write(present.DiskText(p.app.words, disk()), pen)
}

// show shows one card or the other.
func (p *loginPage) show(enrolling bool) {
	p.enrolling, p.back.open = enrolling, false
	p.arrange()
}

// arrange shows the card that is in front, and no other.
func (p *loginPage) arrange() {
	p.tick()
	f := p.inFront()
	shown(p.knownCard, f == p.known)
	shown(p.freshCard, f == p.fresh)
	shown(p.back.card, f == p.back.form)
	p.cards.Refresh()
}

// begin puts the focus where typing begins: on the password of whoever was here alone, and
// on the first field that is empty.
func (p *loginPage) begin() {
	switch {
	case !p.enrolling && len(p.login.Options) == 1:
		focusOn(p.password)
	case !p.enrolling:
		focusOn(p.login)
	case p.server.Text != "" && p.newLogin.Text != "":
		focusOn(p.code)
	case p.server.Text != "":
		focusOn(p.newLogin)
	default:
		focusOn(p.server)
	}
}

// leave goes from an enrolment back to the log-in.
func (p *loginPage) leave() {
	if p.inFront() != p.known && len(p.login.Options) > 0 {
		p.show(false)
		p.begin()
	}
}

func (p *loginPage) board() fyne.CanvasObject { return p.content }

func (p *loginPage) turn(pages float32) { turnPage(p.content, pages) }

func (p *loginPage) submit() {
	if p.busy {
		return
	}
	switch p.inFront() {
	case p.back.form:
		p.back.submit()
		return
	case p.fresh:
		p.submitFresh()
		return
	}
	faults := p.missing(map[string]string{"login": p.login.Selected, "password": p.password.Text}, "login", "password")
	faults = append(p.known.stopped(), faults...)
	if p.known.blame(faults); len(faults) > 0 {
		return
	}
	login, password := p.login.Selected, p.password.Text
	p.enterBy(p.known, p.password, func() (*workplace.Workplace, error) {
		return p.app.door.LogIn(context.Background(), login, password)
	})
}

func (p *loginPage) submitFresh() {
	n := workplace.Newcomer{Server: p.server.Text, Login: p.newLogin.Text, Code: p.code.Text, Password: p.newSecret.Text}
	faults := p.missing(map[string]string{"server": n.Server, "login": n.Login, "code": n.Code, "password": n.Password},
		"server", "login", "code", "password")
	faults = append(p.fresh.stopped(), faults...)
	if p.fresh.blame(faults); len(faults) > 0 {
		return
	}
	p.enterBy(p.fresh, p.newSecret, func() (*workplace.Workplace, error) {
		return p.app.door.Enrol(context.Background(), n)
	})
}

// missing are the fields that are empty, in their order.
func (p *loginPage) missing(texts map[string]string, order ...string) []present.Fault {
	names := map[string]string{"server": "login.server", "login": "name.login", "code": "login.code", "password": "login.password"}
	var faults []present.Fault
	for _, key := range order {
		if texts[key] == "" {
			faults = append(faults, present.Fault{Field: key, Text: p.app.words("field.required", "Name", p.app.words(names[key]))})
		}
	}
	return faults
}

// enterBy lets the person in, or says why not.
func (p *loginPage) enterBy(f *form, secret *ime.Field, way func() (*workplace.Workplace, error)) {
	p.setBusy(true)
	who := p.newLogin.Text // of an enrolment, whatever is looked at when it is answered
	ask(p.app.threads, way, func(w *workplace.Workplace, err error) {
		p.setBusy(false)
		if err == nil {
			p.app.Enter(w)
			return
		}
		wrong := errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin})
		f.blame([]present.Fault{{Text: present.EnrolProblem(p.app.words, err, false)}})
		p.back.offerIt(wrong && f == p.known)
		// Someone enrolled whom the log-in refused goes on as known here. The code is used up, and
		// has done what it is for. Whoever was known before has enrolled nothing.
		logins, err := p.app.door.Logins()
		if err == nil && f == p.fresh && slices.Contains(logins, who) && !slices.Contains(p.login.Options, who) {
			p.login.SetOptions(logins)
			p.login.SetSelected(who)
			p.toKnown.Show()
			p.show(false)
			if wrong {
				p.known.blame([]present.Fault{{Field: "password", Text: p.app.words("login.enrolledWrong")}})
			} else {
				p.known.blame([]present.Fault{{Text: paragraphs(p.app.words("login.enrolled"), p.fresh.general.text)}})
			}
			secret = p.password
		}
		if wrong {
			secret.SetText("")
		}
		focusOn(secret)
	})
}

func (p *loginPage) setBusy(busy bool) {
	p.busy = busy
	for _, b := range []*press{p.enter, p.enrol, p.back.enrol} {
		if busy {
			b.write(p.app.words("login.busy"), "")
			b.Disable()
		} else {
			b.Enable()
		}
	}
	if !busy {
		p.enter.write(p.app.words("action.signIn"), submitHint)
		p.enrol.write(p.app.words("login.enrol"), submitHint)
		p.back.enrol.write(p.app.words("login.againEnter"), submitHint)
	}
}
