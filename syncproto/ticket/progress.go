package ticket

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
)

// contact records a contact. A call of ours that keeps a promise is the evidence that ends
// its clock.
func (d deciding) contact(c Contact) decision.Outcome {
	wrong := decision.First(
		decision.Limit("channel", c.Channel, MaxChoice),
		decision.Limit("text", c.Text, syncproto.MaxText))
	if wrong == nil && (c.Direction != Inbound && c.Direction != Outbound || c.Direction == Inbound && !c.Fulfils.IsZero()) {
		wrong = &syncproto.Finding{Code: syncproto.CodeMalformed, Field: "direction"}
	}
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	clock, found := escalation.Find(d.body.Clocks, escalation.Promise, c.Fulfils)
	event := Contacted{Direction: c.Direction, Channel: c.Channel, Text: c.Text, Fulfils: c.Fulfils, At: d.in.At,
		Ahead: d.ahead(c.Fulfils, found)}
	contacted := decision.Change{Doc: d.doc, Kind: syncproto.EventContacted, Body: event}
	if c.Fulfils.IsZero() || found && clock.Precedes(d.clocks().Own(), c.Fulfils) {
		return decision.Accept(contacted)
	}
	return d.answer(contacted, clock, found)
}

// respond records a department's answer: evidence for the clock of the dispatch it names,
// and for no other.
func (d deciding) respond(c Respond) decision.Outcome {
	wrong := decision.Require("text", c.Text, syncproto.MaxText)
	if wrong == nil && c.Cause.IsZero() {
		wrong = &syncproto.Finding{Code: syncproto.CodeMissing, Field: "dispatch"}
	}
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	clock, found := escalation.Find(d.body.Clocks, escalation.Response, c.Cause)
	event := Responded{Cause: c.Cause, Unit: clock.Unit, Text: c.Text, Ahead: d.ahead(c.Cause, found)}
	responded := decision.Change{Doc: d.doc, Kind: syncproto.EventResponded, Body: event}
	person, _ := d.ref.Person(d.in.Intent.Person)
	if !found || person.In(clock.Unit) {
		return d.answer(responded, clock, found)
	}
	foreign := syncproto.Finding{Code: CodeNotYourUnit, Doc: organisation.UnitRef(clock.Unit)}
	if d.in.AtTap {
		return decision.Reject(foreign)
	}
	return d.answer(responded, clock, found).Remark(foreign)
}

// answer is a fact that is evidence for a clock. Where the ticket has no such clock the
// fact stands with a remark, and is kept as evidence should the clock still come; a desk,
// which can still ask the person, refuses it.
func (d deciding) answer(fact decision.Change, clock escalation.Clock, found bool) decision.Outcome {
	switch {
	case !found && d.in.AtTap:
		return decision.Reject(syncproto.Finding{Code: CodeNoSuchClock, Doc: d.doc})
	case !found:
		return decision.Accept(fact).Remark(syncproto.Finding{Code: escalation.CodeAhead, Doc: d.doc})
	}
	clocks := d.clocks()
	remarks := clocks.Answer(clock.Name(), clocks.Own())
	return remarked(d.accept(append([]decision.Change{fact}, clocks.Changes()...)...), remarks)
}

// ahead is the command as evidence for what is still to come; none where it names nothing,
// or what is there.
func (d deciding) ahead(cause syncproto.ID, found bool) escalation.Evidence {
	if found || cause.IsZero() {
		return escalation.Evidence{}
	}
	return d.clocks().Own()
}

func remarked(out decision.Outcome, remarks []syncproto.Finding) decision.Outcome {
	for _, r := range remarks {
		out = out.Remark(r)
	}
	return out
}

// promise records a promise and starts its clock, unless it only repeats one that runs: a
// repeated promise neither moves a deadline nor adds one (requirements §4).
func (d deciding) promise(c Promise) decision.Outcome {
	wrong := decision.Require("what", c.What, escalation.MaxWhat)
	var remarks []syncproto.Finding
	if within := min(max(c.Due, d.body.FirstContact), d.in.At.Add(MaxPromiseAhead)); c.Due != 0 && c.Due != within {
		out := syncproto.Finding{Code: CodePromiseOutOfTime, Field: "due", When: c.Due}
		if wrong == nil && d.in.AtTap {
			wrong = &out
		}
		c.Due, remarks = within, append(remarks, out) // a desk's time is an estimate: it was promised all the same
	}
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	promised := Promised{What: c.What, Due: c.Due, Cause: escalation.CauseOf(d.in.Intent.ID)}
	if c.Due == 0 {
		promised.Due = CallBy(d.ref, d.body, d.in.At)
	}
	record := func() decision.Change {
		return decision.Change{Doc: d.doc, Kind: syncproto.EventPromised, Body: promised}
	}
	if clock, repeated := d.repeats(c); repeated {
		promised.Due, promised.Repeats = clock.Due, clock.Cause
		clocks := d.clocks()
		clocks.AnswerAhead(clock.Name(), promised.Cause)
		remarks = append(remarks, syncproto.Finding{Code: syncproto.CodeAlready, Field: "promise", When: clock.Due})
		return remarked(d.accept(append([]decision.Change{record()}, clocks.Changes()...)...), remarks)
	}
	if !d.body.IsOpen() && d.in.AtTap {
		return decision.Reject(syncproto.Finding{Code: CodeClosed, Doc: d.doc})
	}
	if escalation.CountRunning(d.body.Clocks, escalation.Promise) >= MaxPromises || escalation.Crowded(d.body.Clocks) {
		full := syncproto.Finding{Code: CodeTooManyPromises, Doc: d.doc}
		if d.in.AtTap {
			return decision.Reject(full)
		}
		return remarked(decision.Accept(record()), append(remarks, full))
	}
	clocks := d.clocks()
	clocks.Begin(escalation.Started{
		Clock: escalation.Name{Ladder: escalation.Promise, Rung: 1}, Unit: d.unitOf(d.in.Intent.Person), Person: d.in.Intent.Person,
		Start: d.in.At, Due: promised.Due, What: c.What, Dated: c.Due != 0, Policy: d.ref.Policy.Number,
	})
	if !d.body.IsOpen() { // made offline, while somebody closed the ticket: it is to be kept all the same
		remarks = append(remarks, syncproto.Finding{Code: CodeClosed, Doc: d.doc})
	}
	return remarked(d.accept(append([]decision.Change{record()}, clocks.Changes()...)...), remarks)
}

// repeats finds the promise that this one only repeats: one that runs, or that was kept since
// this one was made, though the news of that came first. A promise without a date is the
// promised call, in whatever words; one with a date is known by its words, and the date that
// was named first stands.
func (d deciding) repeats(c Promise) (escalation.Clock, bool) {
	dated := c.Due != 0
	at := slices.IndexFunc(d.body.Clocks, func(k escalation.Clock) bool {
		kept := !k.Running() && d.in.Within.Hi <= k.Ended
		return k.Ladder == escalation.Promise && (k.Running() || kept) && k.Dated == dated && (!dated || k.What == c.What)
	})
	if at < 0 {
		return escalation.Clock{}, false
	}
	return d.body.Clocks[at], true
}

// unitOf is the unit of the ticket that answers for what the person promises.
func (d deciding) unitOf(person syncproto.ID) syncproto.ID {
	if p, known := d.ref.Person(person); known && !p.In(d.body.CallCentre) && p.In(d.body.Region) {
		return d.body.Region
	}
	return d.body.CallCentre
}

// dispatch sends the ticket to a department. Its response clock starts with the entry,
// whether or not a desk of the department is connected; the clock of the department before
// is withdrawn, and the files follow the ticket.
func (d deciding) dispatch(c Dispatch) decision.Outcome {
	switch {
	case !d.mine():
		return decision.Reject(syncproto.Finding{Code: CodeNotYourUnit, Doc: d.doc})
	case !isUnit(d.ref, c.Unit, organisation.Department, organisation.Headquarters):
		return decision.Reject(syncproto.Finding{Code: CodeNotADepartment, Field: "unit", Doc: organisation.UnitRef(c.Unit)})
	case !d.body.IsOpen():
		return decision.Reject(syncproto.Finding{Code: CodeClosed, Doc: d.doc})
	case d.body.Dispatches >= MaxDispatches:
		return decision.Reject(syncproto.Finding{Code: CodeTooManyDispatch, Doc: d.doc})
	case escalation.Crowded(d.body.Clocks):
		return decision.Reject(syncproto.Finding{Code: CodeClocksFull, Doc: d.doc})
	}
	if wrong := decision.Limit("note", c.Note, syncproto.MaxText); wrong != nil {
		return decision.Reject(*wrong)
	}
	clocks := d.clocks()
	next, overtaken := d.overtaken()
	if !overtaken {
		clocks.Withdraw(escalation.Response)
	}
	changes := append(clocks.Changes(), decision.Change{Doc: d.doc, Kind: syncproto.EventDispatched,
		Body: Dispatched{Unit: c.Unit, Note: c.Note, Cause: escalation.CauseOf(d.in.Intent.ID), From: d.body.Holder}})
	begun := len(clocks.Changes())
	clocks.Begin(escalation.Started{
		Clock: escalation.Name{Ladder: escalation.Response, Rung: 1}, Unit: c.Unit,
		Start: d.in.Now, Due: d.in.Now.Add(d.ref.Policy.ResponseLimit), Policy: d.ref.Policy.Number,
	})
	if escalation.LastCause(d.body.Clocks, escalation.Resolution).IsZero() { // by the policy it was opened under, whichever holds now
		d.beginResolution(clocks, d.in.Now, 0)
	}
	if overtaken {
		clocks.In.Now = next.Start
		clocks.Relieve(escalation.Name{Ladder: escalation.Response, Rung: 1, Cause: escalation.CauseOf(d.in.Intent.ID)},
			escalation.Evidence{Command: d.in.Intent.ID, Within: syncproto.Interval{Lo: next.Start, Hi: next.Start}, At: next.Start})
	}
	changes = append(slices.Clip(changes), clocks.Changes()[begun:]...)
	if overtaken { // whoever has the ticket since has it on
		return d.accept(append(changes, decision.Change{Doc: d.doc, Kind: syncproto.EventDispatched,
			Body: Dispatched{Unit: d.body.Holder, From: c.Unit}})...)
	}
	return d.accept(append(changes, d.handOver(c.Unit)...)...)
}

// overtaken finds the clock of the dispatch that came next after this one, which was told of before a restore
// and is handed in only now, behind that: it was withdrawn then, and takes the ticket away from nobody.
func (d deciding) overtaken() (next escalation.Clock, overtaken bool) {
	for _, c := range d.body.Clocks {
		if d.in.Told && c.Ladder == escalation.Response && c.Start > d.in.Now && (!overtaken || c.Start < next.Start) {
			next, overtaken = c, true
		}
	}
	return next, overtaken
}

// handOver lets the new holder read the files of customer and car, and the old one no
// longer because of this ticket. A file a desk does not hold is left to the server.
func (d deciding) handOver(to syncproto.ID) []decision.Change {
	if to == d.body.Holder {
		return nil
	}
	var changes []decision.Change
	for _, file := range d.body.files() {
		if d.in.Docs[file].Presence != decision.Held {
			continue
		}
		changes = append(changes, customer.AddReaders(file, []syncproto.ID{to})...)
		if !d.body.Holder.IsZero() {
			changes = append(changes, customer.RemoveReader(file, d.body.Holder))
		}
	}
	return changes
}

// note records a note.
func (d deciding) note(c Note) decision.Outcome {
	if wrong := decision.Require("text", c.Text, syncproto.MaxText); wrong != nil {
		return decision.Reject(*wrong)
	}
	return decision.Accept(decision.Change{Doc: d.doc, Kind: syncproto.EventNoted, Body: Noted{Text: c.Text}})
}

// amend puts a mistyped field right, where it still reads what the person saw.
func (d deciding) amend(c Amend) decision.Outcome {
	if !d.mine() {
		return decision.Reject(syncproto.Finding{Code: CodeNotYourUnit, Doc: d.doc})
	}
	trail := decision.Change{Doc: d.doc, Kind: syncproto.EventAmended, Body: Amended{Field: c.Field, Old: c.Old, New: c.New}}
	if c.Field == customer.FieldName || c.Field == customer.FieldPhone {
		file, wrong := customer.Amend(d.in.Docs, customer.Ref(d.body.Customer), customer.Amended{Field: c.Field, Old: c.Old, New: c.New})
		if wrong != nil {
			return decision.Reject(*wrong)
		}
		return decision.Accept(trail, file)
	}
	if wrong := checkField(c.Field, c.New); wrong != nil {
		return decision.Reject(*wrong)
	}
	switch current := *d.body.field(c.Field); {
	case current != c.Old:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: c.Field, Text: current})
	case current == c.New:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: c.Field})
	}
	return decision.Accept(trail)
}
