package centraltest

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// Delta is everything from a position to the head for the desk with these buckets, which
// also lost some.
func (c *Central) Delta(device syncproto.ID, buckets, lost []syncproto.Bucket, from uint64) syncproto.Delta {
	d := syncproto.Delta{Epoch: c.Epoch, From: from, Cursor: c.seq, Held: buckets, Lost: lost, Current: true}
	for ref, latest := range c.passed(buckets, from) {
		if !latest.present {
			d.Removed = append(d.Removed, ref)
			continue
		}
		doc := c.docs[ref]
		body, err := rules.WriteBody(doc.Body)
		if err != nil {
			c.T.Fatal(err)
		}
		d.Documents = append(d.Documents, syncproto.Document{Ref: ref, Epoch: c.Epoch, Version: doc.Version, Body: body})
		for _, entry := range c.history {
			if entry.Event.Doc == ref && (entry.Seq > from || latest.since > from) {
				d.History = append(d.History, entry)
			}
		}
	}
	for _, o := range c.owned {
		if o.device == device && o.verdict.Seq > from {
			d.Own = append(d.Own, o.verdict)
		}
	}
	slices.SortFunc(d.Documents, func(a, b syncproto.Document) int { return a.Ref.Compare(b.Ref) })
	slices.SortFunc(d.Removed, syncproto.Ref.Compare)
	slices.SortFunc(d.History, func(a, b syncproto.HistoryEntry) int {
		if a.Event.Doc != b.Event.Doc {
			return a.Event.Doc.Compare(b.Event.Doc)
		}
		return int(a.Event.Version) - int(b.Event.Version)
	})
	return d
}

// passed are the documents with a membership past the position in any of the buckets:
// present if any of them has it, new if it is new to all that have it.
func (c *Central) passed(buckets []syncproto.Bucket, from uint64) map[syncproto.Ref]membership {
	found := map[syncproto.Ref]membership{}
	for at, m := range c.members {
		if m.seq > from && slices.Contains(buckets, at.bucket) {
			found[at.doc] = membership{since: from + 1}
		}
	}
	for at, m := range c.members {
		latest, concerns := found[at.doc]
		if !concerns || !m.present || !slices.Contains(buckets, at.bucket) {
			continue
		}
		if !latest.present || m.since < latest.since {
			latest.since = m.since
		}
		latest.present = true
		found[at.doc] = latest
	}
	return found
}

// Grants are what the server offers a device now, after issuing what it should have, and
// asking for what it should not, together with the person's other devices.
func (c *Central) Grants(person, device, incarnation syncproto.ID, together ...rules.Connected) []syncproto.SignedGrant {
	for _, intent := range rules.WhenConnected(person, rules.Connected{Device: device, Incarnation: incarnation}, together, c.Now, c.known) {
		c.Own(intent)
	}
	var offer []syncproto.SignedGrant
	for _, account := range rules.Accounts(person, c.Now, c.known) {
		for _, g := range rules.Offered(account, c.docs[account].Body, incarnation) {
			offer = append(offer, syncproto.SignGrant(g, c.Key))
		}
	}
	return offer
}
