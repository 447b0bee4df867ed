package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/ui/ime"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// comeBack is the card of the log-in for whom the server has forgotten: it was restored to a state
// from before this computer was made known. With a new code it is known again, and what was done
// on it is handed in. Few people ever need it, so it is offered where the server refuses a log-in.
type comeBack struct {
	page  *loginPage
	way   *fyne.Container // to it, on the card of who is known here
	offer *press

	card   fyne.CanvasObject
	form   *form
	open   bool
	who    *prose
	code   *ime.Field
	secret *ime.Field
	enrol  *press
}

func newComeBack(p *loginPage) *comeBack {
	w := p.app.words
	b := &comeBack{page: p, form: newForm(), code: ime.New(maxCode), secret: ime.NewPassword(syncproto.MaxPassword),
		who: say("", heading)}
	b.offer = newPress(w("login.again"), "", plain, b.begin)
	b.way = stacked(gap, say(w("login.forgotten"), quiet), flowing(b.offer))
	b.enrol = newPress(w("login.againEnter"), submitHint, next, p.submit)
	b.card = card(stacked(gap, b.who, say(w("login.againHelp"), quiet),
		b.form.field(w, "code", w("login.code"), b.code),
		b.form.field(w, "password", w("login.password"), b.secret),
		b.form.general, flowing(b.enrol, newPress(w("login.back"), leaveHint, plain, p.leave))))
	b.offerIt(false)
	return b
}

// offerIt shows the way to the card, where the server refused a log-in, or hides it.
func (b *comeBack) offerIt(is bool) { shown(b.way, is) }

// begin turns to the card, for the login that was picked.
func (b *comeBack) begin() {
	b.turn(true)
	focusOn(b.code)
}

// turn shows the card in place of the other, or the other again.
func (b *comeBack) turn(open bool) {
	b.open = open
	b.who.write(b.page.app.words("login.againTitle", "Login", b.page.login.Selected), heading)
	b.page.arrange()
}

func (b *comeBack) submit() {
	back := workplace.Return{Login: b.page.login.Selected, Code: b.code.Text, Password: b.secret.Text}
	faults := b.page.missing(map[string]string{"code": back.Code, "password": back.Password}, "code", "password")
	faults = append(b.form.stopped(), faults...)
	if b.form.blame(faults); len(faults) > 0 {
		return
	}
	p := b.page
	p.setBusy(true)
	ask(p.app.threads, func() (*workplace.Workplace, error) {
		return p.app.door.EnrolAgain(context.Background(), back)
	}, func(w *workplace.Workplace, err error) {
		p.setBusy(false)
		switch {
		case err == nil:
			p.app.Enter(w)
		case errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}):
			// Only the log-in is refused so: the computer is known again, and the code has done its work.
			b.code.SetText("")
			b.secret.SetText("")
			b.offerIt(false)
			b.turn(false)
			p.known.blame([]present.Fault{{Field: "password", Text: p.app.words("login.againWrong")}})
			focusOn(p.password)
		default:
			b.form.blame([]present.Fault{{Text: present.EnrolProblem(p.app.words, err, true)}})
			focusOn(b.code)
		}
	})
}

func (b *comeBack) carry(before *comeBack) {
	b.form.carry(b.page.app, before.form)
	b.offerIt(before.way.Visible())
	b.turn(before.open)
}
