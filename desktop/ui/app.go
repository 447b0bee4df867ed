package ui

import (
	"context"
	"sync/atomic"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// Threads is how a page gets its data without waiting for it. Work runs what reads or
// writes, in the order given, somewhere else; UI runs what draws, on the interface's
// thread. Both return at once.
type Threads struct {
	Work func(func())
	UI   func(func())
}

// ask runs load and hands what it gave to show, on the interface's thread.
func ask[T any](t Threads, load func() (T, error), show func(T, error)) {
	t.Work(func() {
		loaded, err := load()
		t.UI(func() { show(loaded, err) })
	})
}

// Door is how people come in.
type Door interface {
	Logins() ([]string, error)
	LogIn(ctx context.Context, login, password string) (*workplace.Workplace, error)
	Enrol(ctx context.Context, n workplace.Newcomer) (*workplace.Workplace, error)
	EnrolAgain(ctx context.Context, back workplace.Return) (*workplace.Workplace, error)
}

// Hands is how a page does something: clocks, ids, and giving commands.
type Hands interface {
	Read() syncproto.Reading
	NewID() syncproto.ID
	// Give keeps all the commands of a form, or none.
	Give(ctx context.Context, wishes []replica.Wish) error
}

// Line is the person's line to the server.
type Line interface {
	Trouble() syncproto.Code
	Retry()
	// Refused says that the server has refused the person's password: they are to log in anew.
	Refused() bool
	// Watch calls do after every change, from any goroutine, with the documents that may be
	// shown differently now; nil ends it.
	Watch(do replica.Changed)
	Leave()
}

// Desks is how headquarters asks when each desk was heard last.
type Desks interface {
	// Roll is the last answer. It never waits.
	Roll() present.Roll
	// CallRoll has the server asked, and EndRoll gives that up. Neither waits: whoever watches
	// is told.
	CallRoll()
	EndRoll()
}

// Place is one person's place of work.
type Place interface {
	Hands
	Line
	Desks
	View() present.Desk
}

// App is the window and who is at it.
type App struct {
	window   fyne.Window
	door     Door
	words    present.Words
	threads  Threads
	newcomer Newcomer
	shell    *shell
	front    keyed // what has the window's keys
	over     *over // what lies over it; nil for nothing

	habits   Habits
	settings *settingsPage  // nil while they are not open
	behind   keyed          // the settings
	focus    fyne.Focusable // what had it when the settings were opened
	stood    [2]int         // the window's width and height before them, at a scale of 100
	away     bool           // another program's window is in front
	heir     heir           // of the focus, where the pages were made anew

	closed atomic.Bool // the window is
}

// Newcomer is what an enrolment begins with, as far as the program was told.
type Newcomer struct {
	Server string // the address
	Login  string
}

// New is the window before anybody is let in.
func New(window fyne.Window, door Door, words present.Words, threads Threads, newcomer Newcomer) *App {
	window.SetPadded(false)
	a := &App{window: window, door: door, words: words, newcomer: newcomer}
	a.threads = Threads{Work: threads.Work, UI: func(draw func()) {
		threads.UI(func() {
			if !a.closed.Load() {
				draw()
				a.keepFocus()
			}
		})
	}}
	a.habits.Looks = workplace.DefaultLooks()
	a.follow()
	a.bind()
	return a
}

// Greet shows the log-in.
func (a *App) Greet() {
	a.closeOver()
	a.shell, a.settings = nil, nil
	a.window.SetTitle(a.words("window.title", "Who", a.words("login.title")))
	page := newLogin(a)
	a.window.SetContent(page.content)
	a.listen(page)
	page.begin()
}

// Enter shows a person's place of work.
func (a *App) Enter(p Place) {
	a.closeOver()
	a.shell, a.settings = newShell(a, p), nil
	a.window.SetContent(a.shell.content)
	a.listen(a.shell)
	a.shell.begin()
}

// leave goes back to the log-in.
func (a *App) leave(p Place) {
	a.KeepDrafts()
	p.Leave()
	a.Greet()
}

// shutOut goes back to the log-in with whom the server has refused, and says so there.
func (a *App) shutOut(p Place) {
	a.leave(p)
	if page, greets := a.front.(*loginPage); greets {
		page.login.SetSelected(p.View().Replica.Owner().Login)
		page.known.blame([]present.Fault{{Text: a.words("login.refused")}})
		focusOn(page.password)
	}
}

// Close is called before the window goes. What is answered after that is drawn nowhere: the toolkit runs it
// where it is answered, and ends the program at the first word to a window that is gone.
func (a *App) Close() {
	a.KeepDrafts()
	if a.shell != nil {
		a.shell.drafts.close()
	}
	a.closed.Store(true)
}

// Tick lets what is shown keep up with the time; call it once a second on the interface's
// thread.
func (a *App) Tick() {
	if a.shell != nil {
		a.shell.tick()
	}
	if page, greets := a.front.(*loginPage); greets {
		page.tick()
	}
}
