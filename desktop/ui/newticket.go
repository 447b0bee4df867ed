package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// freshPage is a new ticket: one page from top to bottom, in the order in which a customer
// tells things. Its number is there before the first key is pressed.
type freshPage struct {
	shell  *shell
	whole  *container.Scroll
	caller *callerPane
	form   *form
	busy   bool
	key    replica.DraftKey // its draft; zero until it is begun where it takes up what was kept last

	number      *prose
	others      *prose // how many other tickets were begun
	reserved    string
	asking      bool // for the number
	name, phone *ime.Field
	vin, model  *ime.Field
	subject     *ime.Field
	description *ime.Field
	demand      *ime.Field
	station     *ime.Field
	channel     *choice
	kind        *choice
	board       *choice
	category    *choice
	region      *choice
	centre      *choice
	promise     *tick
	due         *prose
	department  *choice
	note        *ime.Field
	clear       *press
	follows     *prose // what 清空 does, once it was pressed
	armed       bool   // that was read: the next press does it
	offered     present.NewTicketForm
	begun       bool // what can be picked was offered once, and the draft put back
}

// maxVIN leaves room for the spaces and hyphens people put into a VIN.
const maxVIN = 40

func newFresh(s *shell) *freshPage {
	p := &freshPage{shell: s, form: newForm(), number: cut("", number), others: say("", quiet)}
	p.others.Hide()
	w := s.words()
	p.name, p.phone = ime.New(customer.MaxName), ime.New(customer.MaxPhones*customer.MaxPhone)
	p.vin, p.model = ime.New(maxVIN), ime.New(customer.MaxModel)
	p.subject, p.demand = ime.New(ticket.MaxSubject), ime.New(ticket.MaxDemand)
	p.description = ime.NewMultiLine(ticket.MaxDescription)
	p.description.SetMinRowsVisible(3)
	p.station, p.note = ime.New(ticket.MaxStation), ime.New(syncproto.MaxShortText)
	choose := w("form.choose")
	p.channel, p.kind = newChoice(nil, choose), newChoice(nil, choose)
	p.board, p.category = newChoice(nil, choose), newChoice(nil, choose)
	p.region, p.centre = newPick(nil, choose), newPick(nil, choose)
	p.department = newPick(nil, w("form.noDispatch"))
	p.due = cut("", strong)
	p.promise = newTick("", func(bool) { p.sayDue() })
	p.caller = newCallerPane(p)
	p.whole = p.build(w)
	p.form.inputs = append(p.form.inputs, newInput("call-back", "", p.promise)) // stands in a row of its own
	return p
}

func (p *freshPage) build(w present.Words) *container.Scroll {
	text := func(key string, f *ime.Field) fyne.CanvasObject { return p.form.field(w, key, w("name."+key), f) }
	pick := func(key string, c *choice) fyne.CanvasObject {
		return p.form.add(newInput(key, w("name."+key), c))
	}
	send := newPress(w("fresh.send"), submitHint, next, p.submit)
	leave := newPress(w("action.back"), leaveHint, plain, func() { p.shell.leave() })
	p.clear = newPress(w("fresh.clear"), "", plain, p.discard).giving()
	p.follows = say("", strong)
	p.follows.Hide()
	p.form.draft.empty = p.again
	p.form.onEdit = func() { p.arm(false) }
	p.form.draft.more = []remembered{{present.DraftNumber, func() string { return p.reserved }, p.reserve}}
	rows := stacked(gap,
		container.NewBorder(nil, nil, container.NewHBox(natural(cut(w("place.new"), heading)), natural(p.number)), nil, container.New(centred{}, p.others)),
		inRow(text(customer.FieldName, p.name), text(customer.FieldPhone, p.phone)),
		inRow(text(present.FieldVIN, p.vin), text(present.FieldModel, p.model)),
		text(ticket.FieldSubject, p.subject),
		text(ticket.FieldDescription, p.description),
		text(ticket.FieldDemand, p.demand),
		inRow(pick(present.FieldChannel, p.channel), pick(present.FieldType, p.kind), pick(present.FieldBoard, p.board), pick(ticket.FieldCategory, p.category)),
		inRow(pick(present.FieldRegion, p.region), text(ticket.FieldStation, p.station), pick(present.FieldCallCentre, p.centre)),
		container.NewBorder(nil, nil, p.promise, nil, container.New(centred{}, p.due)),
		container.New(shares{1, 2}, pick(present.FieldDepartment, p.department), p.form.field(w, "note", w("form.dispatchNote"), p.note)),
		p.form.general, p.follows, flowing(send, leave, p.clear, legend(w("fresh.must")), p.form.draftMark()))
	p.form.must(customer.FieldName, customer.FieldPhone, ticket.FieldSubject, present.FieldChannel, present.FieldType, present.FieldRegion, present.FieldCallCentre)
	for _, i := range p.form.inputs {
		if i.key == customer.FieldPhone {
			i.doubt = func() string { return p.shell.scene().PhoneDoubt(p.phone.Text) }
		}
	}
	return container.NewVScroll(padded(16, container.New(limited(960+callerWidth), besideForm(rows, p.caller.content))))
}

// limited keeps its object from becoming wider than can be read.
type limited float32

func (l limited) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (l limited) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(min(size.Width, float32(l)), size.Height))
}

func (p *freshPage) content() fyne.CanvasObject { return p.whole }

// ready is what comes before anybody sees the form: what can be picked, and the draft. The first
// form of a window is the one that was typed in last, also by a program that was killed.
func (p *freshPage) ready() {
	if p.begun {
		return
	}
	p.begun = true
	p.offer()
	if p.key.IsZero() {
		p.key = p.shell.drafts.latest(syncproto.CommandOpen)
	}
	if p.key.IsZero() {
		p.key = freshKey(p.shell.place.NewID())
	}
	p.shell.drafts.begin(p.form, p.key)
	for _, i := range p.form.inputs {
		i.look() // at what was restored
	}
	p.sayOthers()
}

// reserve has the number stand above the form.
func (p *freshPage) reserve(reserved string) {
	p.reserved = reserved
	p.number.write(reserved, number)
}

// open gives the number, if the form has none yet, and begins with the customer.
func (p *freshPage) open() {
	p.ready()
	p.arm(false)
	p.form.begin()
	if p.reserved != "" || p.asking {
		return
	}
	p.asking = true
	ask(p.shell.app.threads, func() (string, error) {
		return p.shell.place.View().Replica.ReserveNumber(context.Background())
	}, func(reserved string, err error) {
		p.asking = false
		if err != nil {
			p.form.blame([]present.Fault{{Text: present.Problem(p.shell.words(), err)}})
			return
		}
		p.reserve(reserved)
		if p.form.touched() {
			p.form.draft.ordered = nil // the draft is to have the number too
		}
		p.form.blame(nil) // of an earlier try
		p.whole.Refresh()
	})
}

func (p *freshPage) reload() {
	p.offer()
	p.caller.reload()
}

// offer offers what can be picked; what was picked and typed stays.
func (p *freshPage) offer() {
	f := p.shell.scene().NewTicketForm()
	first := func(c *choice, options []string) {
		if !slices.Equal(c.Options, options) {
			c.SetOptions(options)
		}
	}
	first(p.channel, f.Channels)
	first(p.kind, f.Types)
	first(p.board, f.Boards)
	first(p.category, f.Categories)
	units := func(c *choice, options []present.Choice) {
		if !slices.Equal(c.ids, options) {
			c.offer(options)
		}
	}
	units(p.region, f.Regions)
	units(p.centre, f.CallCentres)
	units(p.department, append([]present.Choice{{Text: p.shell.words()("form.noDispatch")}}, f.Departments...))
	if p.offered.Promise == "" {
		p.likely(f)
	}
	p.offered = f
	if p.promise.Text != f.Promise {
		p.promise.SetText(f.Promise)
	}
	p.sayDue()
}

// likely picks what is likely, so that a hurried seat need not.
func (p *freshPage) likely(f present.NewTicketForm) {
	if len(f.Channels) > 0 {
		p.channel.SetSelectedIndex(0)
	}
	if len(f.Types) > 0 {
		p.kind.SetSelectedIndex(0)
	}
	if len(f.CallCentres) > 0 {
		p.centre.SetSelectedIndex(0)
	}
	p.region.choose(f.Region)
	p.department.SetSelectedIndex(0)
}

// sayDue says by when the promise would be due.
func (p *freshPage) sayDue() {
	text := ""
	if p.promise.Checked {
		text = p.offered.PromiseDue
	}
	p.due.write(text, strong)
}

func (p *freshPage) filled() present.NewTicket {
	return present.NewTicket{
		Number: p.reserved, Name: p.name.Text, Phone: p.phone.Text, VIN: p.vin.Text, Model: p.model.Text,
		Subject: p.subject.Text, Description: p.description.Text, Demand: p.demand.Text, Station: p.station.Text,
		Channel: p.channel.Selected, Board: p.board.Selected, Type: p.kind.Selected, Category: p.category.Selected,
		Region: p.region.picked().ID, CallCentre: p.centre.picked().ID, Promise: p.promise.Checked,
		Department: p.department.picked().ID, Note: p.note.Text,
	}
}

func (p *freshPage) submit() {
	if p.busy {
		return
	}
	if p.reserved == "" {
		p.open()
		return
	}
	scene := p.shell.scene()
	wishes, faults := scene.Open(p.filled(), p.shell.place.NewID)
	faults = append(p.form.stopped(), faults...)
	if p.form.blame(faults); len(faults) > 0 {
		p.whole.Refresh()
		return
	}
	open, _ := wishes[0].Command.(ticket.Open)
	p.busy = true
	p.shell.drafts.give(p.form, wish(wishes), func(_ []present.Fault, err error) {
		p.busy = false
		// Else the next caller is on the phone already, or something else is looked at.
		stands, here := p.shell.fresh() == p, p.shell.here == placeNew
		if err == nil {
			if stands {
				p.shell.turnFresh(freshKey(p.shell.place.NewID()))
			}
			if stands && here {
				p.shell.openTicket(open.ID)
			}
			return
		}
		if stands {
			p.form.blame(p.shell.scene().Refused(err))
			p.whole.Refresh()
		}
		if !stands || !here {
			p.shell.line.refuse(present.Problem(p.shell.words(), err)) // the form is as it was, or lies in 草稿
		}
	})
}

// discard throws away what was filled in, where the person says so twice: 清空 stands beside 返回.
func (p *freshPage) discard() {
	switch {
	case !p.form.touched():
		p.form.begin()
	case !p.armed:
		p.arm(true)
	default:
		p.shell.drafts.discard(p.key)
	}
}

// arm says what 清空 throws away; armed, the next press is the last word. It takes that back where
// the person goes on with the form.
func (p *freshPage) arm(armed bool) {
	if p.armed == armed {
		return
	}
	p.armed = armed
	w, follows, word := p.shell.words(), "", "fresh.clear"
	if armed {
		follows, word = w("fresh.clearFollows"), "fresh.clearSure"
	}
	p.follows.write(signed(theme.Warning, follows, strong.in(theme.Warning)))
	shown(p.follows, armed)
	p.clear.write(w(word), "")
	p.whole.Refresh()
	if armed {
		reveal(p.clear) // which went down by a line
	}
}

func (p *freshPage) back() bool { return false }

func (p *freshPage) hurried() bool { return false }

func (p *freshPage) paper() *container.Scroll { return p.whole }
