package audit

import (
	"bytes"
	"crypto/ed25519"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// folded is a document made anew from its events.
type folded struct {
	doc     decision.Doc
	seq     uint64
	buckets map[syncproto.Bucket]store.Membership
	history []syncproto.Hash // of each history entry, by version
}

// fold applies an entry's events.
func (a *audit) fold(header syncproto.Header, p syncproto.Payload) error {
	var intent syncproto.Intent
	if len(p.Events) > 0 {
		if err := syncproto.Decode(p.Command.Intent, &intent); err != nil {
			return a.wrong("entry %d: its command was accepted and cannot be read: %v", header.Seq, err)
		}
	}
	touched, before, breached := map[ref]bool{}, map[ref]any{}, map[ref]bool{}
	for _, e := range p.Events {
		d := a.folded[e.Doc]
		if d == nil {
			d = &folded{buckets: map[syncproto.Bucket]store.Membership{}}
			a.folded[e.Doc] = d
		}
		if !touched[e.Doc] {
			before[e.Doc] = d.doc.Body
		}
		breached[e.Doc] = breached[e.Doc] || e.Kind == syncproto.EventBreached
		if e.Version != d.doc.Version+1 {
			if err := a.wrong("entry %d: %v goes from version %d to %d", header.Seq, e.Doc, d.doc.Version, e.Version); err != nil {
				return err
			}
		}
		next, err := rules.Evolve(e.Doc, d.doc, e)
		if err != nil {
			return a.wrong("entry %d: %v cannot be folded: %v", header.Seq, e.Doc, err)
		}
		d.doc, d.seq = next, header.Seq
		d.history = append(d.history, syncproto.HashOf(syncproto.MustEncode(syncproto.HistoryEntry{
			Event: e, Epoch: header.Epoch, Seq: header.Seq, Time: header.Time, Command: intent.ID, Person: intent.Person,
			Device: p.Command.Device, At: p.Within.At(intent.Readings.Reading.Wall), Within: p.Within,
		})))
		touched[e.Doc] = true
	}
	for r := range touched {
		d := a.folded[r]
		d.move(r, header.Seq)
		if breached[r] {
			continue
		}
		if err := a.money(header.Seq, r, before[r], d.doc.Body); err != nil {
			return err
		}
	}
	return nil
}

// move brings the memberships to the buckets the document is in now.
func (d *folded) move(r ref, seq uint64) {
	now := rules.Buckets(r, d.doc.Body)
	for bucket, m := range d.buckets {
		if m.Present {
			m.Seq, m.Present = seq, false
			d.buckets[bucket] = m
		}
	}
	for _, bucket := range now {
		m, before := d.buckets[bucket]
		if !before || m.Seq != seq || m.Present {
			m.Since = seq
		}
		m.Bucket, m.Ref, m.Present, m.Seq = bucket, r, true, seq
		d.buckets[bucket] = m
	}
}

// money: an entry that takes spent and reserved above the limit in force, and further than
// before, records a breach (invariant 9).
func (a *audit) money(seq uint64, r ref, before, after any) error {
	was, _ := before.(authority.Body)
	account, ok := after.(authority.Body)
	if !ok || account.Over() <= max(was.Over(), 0) {
		return nil
	}
	return a.wrong("entry %d: %v is overdrawn by %v and no breach is recorded", seq, r, account.Over())
}

// deviceKey is the key a device was enrolled with, as of the entry being read.
func (a *audit) deviceKey(id syncproto.ID) ed25519.PublicKey {
	d := a.folded[organisation.DeviceRef(id)]
	if d == nil {
		return nil
	}
	device, _ := d.doc.Body.(organisation.Device)
	return device.Key
}

// documents compares the documents kept with those made anew.
func (a *audit) documents(v *store.View) error {
	err := v.EveryDocument(func(d store.Document) error {
		a.report.Documents++
		made := a.folded[d.Ref]
		if made == nil {
			return a.wrong("%v is kept and no entry made it", d.Ref)
		}
		body, err := rules.WriteBody(made.doc.Body)
		if err != nil {
			return a.wrong("%v cannot be written: %v", d.Ref, err)
		}
		same := bytes.Equal(body, d.Body) && d.Version == made.doc.Version && d.Seq == made.seq &&
			d.NextDue == rules.NextDue(d.Ref, made.doc.Body)
		if !same {
			return a.wrong("%v is not what its %d entries make of it", d.Ref, made.doc.Version)
		}
		return nil
	})
	if err == nil && a.report.Documents != len(a.folded) {
		err = a.wrong("%d documents are kept, the log makes %d", a.report.Documents, len(a.folded))
	}
	return err
}

// histories compares each history with the entries.
func (a *audit) histories(v *store.View) error {
	seen := map[ref]uint64{}
	err := v.EveryHistory(func(h store.History) error {
		seen[h.Ref]++
		made := a.folded[h.Ref]
		fits := made != nil && h.Version == seen[h.Ref] && h.Version <= uint64(len(made.history)) &&
			made.history[h.Version-1] == syncproto.HashOf(h.Entry)
		if !fits {
			return a.wrong("the history of %v is not what the log says at version %d", h.Ref, h.Version)
		}
		return nil
	})
	for r, d := range a.folded {
		if err == nil && seen[r] != uint64(len(d.history)) {
			err = a.wrong("the history of %v has %d entries, the log %d", r, seen[r], len(d.history))
		}
	}
	return err
}

// memberships compares who may see what with the documents' buckets over time.
func (a *audit) memberships(v *store.View) error {
	found, made := 0, 0
	err := v.EveryMembership(func(m store.Membership) error {
		found++
		d := a.folded[m.Ref]
		if d == nil || d.buckets[m.Bucket] != m {
			return a.wrong("%v is not in bucket %v as the table says", m.Ref, m.Bucket)
		}
		return nil
	})
	for _, d := range a.folded {
		made += len(d.buckets)
	}
	if err == nil && found != made {
		err = a.wrong("the table has %d memberships, the log makes %d", found, made)
	}
	return err
}

// sums compares what the buckets are said to hold with the documents made anew.
func (a *audit) sums(v *store.View) error {
	made := map[syncproto.Bucket]*syncproto.Sums{}
	for r, d := range a.folded {
		body, err := rules.WriteBody(d.doc.Body)
		if err != nil {
			continue // documents said so
		}
		mark := syncproto.Mark(a.identity.LogID, syncproto.Document{Ref: r, Epoch: a.epoch, Version: d.doc.Version, Body: body}) // a restore vouches for all of them in its epoch
		for bucket, m := range d.buckets {
			if made[bucket] == nil {
				made[bucket] = &syncproto.Sums{}
			}
			if m.Present {
				made[bucket][r.Part()] = made[bucket][r.Part()].Add(syncproto.One(mark))
			}
		}
	}
	err := v.EverySums(func(b syncproto.Bucket, s *syncproto.Sums) error {
		want := made[b]
		if want == nil {
			want = &syncproto.Sums{}
		}
		delete(made, b)
		if differing := s.Differing(want); !differing.IsZero() {
			return a.wrong("the sums of bucket %v are not what its documents make in %d parts", b, differing.Count())
		}
		return nil
	})
	for b, s := range made {
		if err == nil && s.Total() != (syncproto.Sum{}) {
			err = a.wrong("the sums of bucket %v are missing", b)
		}
	}
	return err
}
