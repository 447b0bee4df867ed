package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
)

// DraftsEvery is how often what stands in forms is looked at, and kept where it changed: so at
// most a second of typing is gone when the program dies, with the disk's time counted in.
const DraftsEvery = 500 * time.Millisecond

// drafts keeps what stands in the forms of one person that were not sent, and puts it back when
// a form is opened again (design §10). A form says where it begins and ends; in between keep
// looks at it. All that reads and writes runs off the interface's thread, in order: before the
// commands of a form are given, what was typed before is kept, and nothing of it after.
type drafts struct {
	shell *shell
	known bool // those on the disk were read
	asked bool
	saved map[replica.DraftKey]replica.Draft // those on the disk
	forms map[replica.DraftKey]*form

	giving int                           // how many forms are being sent
	sent   map[replica.DraftKey]*sending // those
}

// sending is a form that is being sent.
type sending struct {
	fields []replica.DraftField
	given  bool // its command is kept; only the thread that works knows
}

func newDrafts(s *shell) *drafts {
	return &drafts{shell: s, saved: map[replica.DraftKey]replica.Draft{}, forms: map[replica.DraftKey]*form{},
		sent: map[replica.DraftKey]*sending{}}
}

// read reads those on the disk. Nothing is kept before: it might be kept over one of them. No
// form can be opened before either, as what it is about is read later.
func (d *drafts) read() {
	if d.asked {
		return
	}
	d.asked = true
	ask(d.shell.app.threads, func() ([]replica.Draft, error) {
		return d.shell.place.View().Replica.Drafts(context.Background())
	}, func(all []replica.Draft, err error) {
		d.asked = false
		if err != nil {
			d.shell.line.fail(present.Problem(d.shell.words(), err))
			return
		}
		d.known = true
		for _, one := range all {
			d.saved[one.Key] = one
		}
		for key, f := range d.forms { // that could be opened, as the first reading failed
			if _, there := d.saved[key]; there && !f.touched() {
				d.begin(f, key)
			}
		}
		d.shell.draftsChanged()
	})
}

// begin has a form kept from now on, and puts the draft of it back, if there is one. What
// stands in it now is what it is when it is empty.
func (d *drafts) begin(f *form, key replica.DraftKey) {
	f.draft.key, f.draft.begun = key, f.stand()
	f.draft.ordered = f.draft.begun
	d.forms[key] = f
	s, going := d.sent[key]
	f.close(going)
	if going { // it was left, and come back to
		f.restore(s.fields)
		f.draft.ordered = nil // where it is refused it is kept
		f.sayDraft("", quiet)
		return
	}
	one, there := d.saved[key]
	if !there {
		f.sayDraft("", quiet)
		return
	}
	f.restore(one.Fields)
	f.draft.ordered = f.stand()
	f.sayDraft(d.shell.scene().DraftMark(one.SavedAt), quiet)
}

// end keeps the form once more and lets go of it: what it is about is left, or it is closed.
func (d *drafts) end(f *form) {
	if f.draft.key.IsZero() {
		return
	}
	d.keepForm(f)
	d.forget(f)
}

func (d *drafts) forget(f *form) {
	if d.forms[f.draft.key] == f {
		delete(d.forms, f.draft.key)
	}
	f.draft.key = replica.DraftKey{}
	f.sayDraft("", quiet)
}

// asked is what a form asks for, or what is wrong with it.
type asked struct {
	wishes []replica.Wish
	faults []present.Fault
}

// sends says that what stands in a form is being sent: with its command the draft goes.
func (d *drafts) sends(f *form) bool {
	_, going := d.sent[f.draft.key]
	return going
}

// wish is what was made already.
func wish(wishes []replica.Wish) func() (asked, error) {
	return func() (asked, error) { return asked{wishes: wishes}, nil }
}

// give makes the commands of a form and gives them, off the interface's thread: with them goes
// its draft. done is called with what is wrong; without faults and error they are kept.
func (d *drafts) give(f *form, make func() (asked, error), done func([]present.Fault, error)) {
	key, fields, place := f.draft.key, f.whole(), d.shell.place
	f.close(true)
	d.giving++
	one := &sending{fields: fields}
	d.sent[key] = one
	ask(d.shell.app.threads, func() (asked, error) {
		a, err := make()
		if err == nil && len(a.faults) == 0 {
			for i := range a.wishes {
				a.wishes[i].Draft = key
			}
			err = place.Give(context.Background(), a.wishes)
			one.given = err == nil
		}
		return a, err
	}, func(a asked, err error) {
		d.giving--
		delete(d.sent, key)
		f.close(d.sends(f)) // by now it may be about something else, which is sent too
		switch {
		case err == nil && len(a.faults) == 0:
			delete(d.saved, key)
			if f.draft.key == key {
				d.forget(f)
			}
			d.shell.draftsChanged()
		case !key.IsZero() && (f.draft.key != key || d.shell.app.shell != d.shell):
			d.save(key, fields, nil) // it was left before the answer came, or the person is gone
		}
		done(a.faults, err)
	})
}

// keep keeps every form that was changed.
func (d *drafts) keep() {
	if !d.known {
		d.read()
		return
	}
	for _, f := range d.forms {
		d.keepForm(f)
	}
}

func (d *drafts) keepForm(f *form) {
	now := f.stand()
	if !d.known || d.sends(f) || slices.Equal(now, f.draft.ordered) {
		return
	}
	f.draft.ordered = now
	if slices.Equal(now, f.draft.begun) { // the person has taken everything out again
		d.drop(f.draft.key, f)
		return
	}
	d.save(f.draft.key, f.whole(), f)
}

// save has a draft kept; f is the form it is of, nil where it was left.
func (d *drafts) save(key replica.DraftKey, fields []replica.DraftField, f *form) {
	place := d.shell.place
	ask(d.shell.app.threads, func() (replica.Draft, error) {
		return write(place, key, fields)
	}, func(one replica.Draft, err error) {
		if err != nil {
			d.failed(key, f, err)
			return
		}
		d.saved[key] = one
		if f != nil && d.forms[key] == f {
			f.sayDraft(d.shell.scene().DraftMark(one.SavedAt), quiet)
		}
		d.shell.draftsChanged()
	})
}

func write(place Place, key replica.DraftKey, fields []replica.DraftField) (replica.Draft, error) {
	view := place.View()
	one := replica.Draft{Key: key, SavedAt: view.Replica.Estimate(place.Read()), Fields: fields}
	return one, view.Replica.SaveDraft(context.Background(), one)
}

// close keeps what is being sent where it is refused: nobody is there to be told.
func (d *drafts) close() {
	place := d.shell.place
	for key, s := range d.sent {
		d.shell.app.threads.Work(func() {
			if !s.given && !key.IsZero() {
				_, _ = write(place, key, s.fields)
			}
		})
	}
}

// failed says at the form why its draft is not kept, or where the line stands, if the form was
// left. At the form it is tried again and again, but for one that is too large as it is.
func (d *drafts) failed(key replica.DraftKey, f *form, err error) {
	text := d.shell.words()("draft.notSaved", "Why", present.Problem(d.shell.words(), err))
	if f == nil || d.forms[key] != f {
		d.shell.line.refuse(text)
		return
	}
	f.sayDraft(text, fault)
	if !errors.Is(err, &syncproto.Problem{Code: replica.CodeDraftTooLarge}) {
		f.draft.ordered = nil
	}
}

// drop deletes a draft; f is the form it is of, nil where none is open.
func (d *drafts) drop(key replica.DraftKey, f *form) {
	one, there := d.saved[key]
	delete(d.saved, key)
	place := d.shell.place
	ask(d.shell.app.threads, func() (struct{}, error) {
		return struct{}{}, place.View().Replica.DropDraft(context.Background(), key)
	}, func(_ struct{}, err error) {
		delete(d.saved, key) // what was on its way to the disk before is gone too
		if err != nil && there {
			d.saved[key] = one
			d.shell.line.refuse(present.Problem(d.shell.words(), err))
		}
		if f != nil && d.forms[key] == f {
			f.sayDraft("", quiet)
		}
		d.shell.draftsChanged()
	})
}

// discard deletes a draft because the person says so, and has its form begin anew.
func (d *drafts) discard(key replica.DraftKey) {
	f := d.forms[key]
	if f != nil && d.sends(f) {
		return // it goes with its command; and what a form is known by, as its number, is not the next one's
	}
	if f != nil {
		d.forget(f) // so that nothing of it is kept again
	}
	d.drop(key, nil)
	if f != nil && f.draft.empty != nil {
		f.draft.empty()
	}
}

// about are the drafts about a document but for those of forms that are shown, in the order of
// their kinds.
func (d *drafts) about(subject syncproto.Ref, shown ...*form) (keys []replica.DraftKey) {
	for key := range d.saved {
		if key.Subject == subject && !slices.ContainsFunc(shown, func(f *form) bool { return f != nil && f.draft.key == key }) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b replica.DraftKey) int { return int(a.Form) - int(b.Form) })
	return keys
}

// KeepDrafts keeps what stands in every form; call it every DraftsEvery on the interface's
// thread, and before the window goes.
func (a *App) KeepDrafts() {
	if a.shell != nil {
		a.shell.drafts.keep()
	}
}
