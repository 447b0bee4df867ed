package redress_test

import (
	"maps"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// readersAgree: who has a ticket, whom it was escalated to, and who decides what is disputed
// or was routed up see it, and nobody else does; the files of customers and cars are read
// through exactly these tickets, and by nobody through a claim (16; requirements §9).
func (w *walk) readersAgree() {
	tickets, claims := map[syncproto.ID]ticket.Body{}, map[syncproto.ID][]claim.Body{}
	files := map[syncproto.Ref]map[syncproto.ID]uint32{}
	for ref, h := range w.book.docs {
		var readers []customer.Reader
		switch b := h.doc.Body.(type) {
		case ticket.Body:
			tickets[ref.ID] = b
		case claim.Body:
			claims[b.Ticket] = append(claims[b.Ticket], b)
		case customer.Body:
			readers = b.Readers
		case customer.Vehicle:
			readers = b.Readers
		}
		for _, r := range readers {
			if files[ref] == nil {
				files[ref] = map[syncproto.ID]uint32{}
			}
			files[ref][syncproto.ID(r.Bucket)] = r.Tickets
		}
	}
	want := map[syncproto.Ref]map[syncproto.ID]uint32{}
	for id, b := range tickets {
		read := w.ticketAgrees(id, b, claims[id])
		for _, file := range []syncproto.Ref{customer.Ref(b.Customer), customer.VehicleRef(b.Vehicle)} {
			if file.IsZero() {
				continue
			}
			if want[file] == nil {
				want[file] = map[syncproto.ID]uint32{}
			}
			for reader, times := range read {
				want[file][reader] += times
			}
		}
	}
	for file := range want {
		if w.compare(16); !maps.Equal(want[file], files[file]) {
			w.t.Errorf("16: %v is read by %v; through its tickets by %v", file, files[file], want[file])
		}
	}
	w.claimsAndAccountsAgree(tickets)
	if len(files) > len(want) {
		w.t.Errorf("16: %d files are read, %d belong to tickets", len(files), len(want))
	}
}

// claimsAndAccountsAgree: a claim is read where its ticket was opened and where it is handled, an
// account by its manager, both by headquarters, and whatever else is not a file by all, as reference data.
// That a desk holds what is in its buckets and nothing more is projectionAgrees.
func (w *walk) claimsAndAccountsAgree(tickets map[syncproto.ID]ticket.Body) {
	for ref, h := range w.book.docs {
		var want []syncproto.ID
		switch b := h.doc.Body.(type) {
		case claim.Body:
			of := tickets[b.Ticket]
			want = []syncproto.ID{of.Region, of.CallCentre, w.units["hq"]}
		case authority.Body:
			want = []syncproto.ID{b.Manager, w.units["hq"]}
		case ticket.Body, customer.Body, customer.Vehicle:
			continue
		default:
			want = []syncproto.ID{syncproto.ID(syncproto.ReferenceBucket)}
			if !rules.IsReference(ref.Kind) {
				w.t.Errorf("16: who may read %v?", ref)
			}
		}
		read := map[syncproto.ID]bool{}
		for _, b := range h.buckets {
			read[syncproto.ID(b)] = true
		}
		may := map[syncproto.ID]bool{}
		for _, id := range want {
			may[id] = true
		}
		if w.compare(16); !maps.Equal(read, may) {
			w.t.Errorf("16: %v is read by %v, and may be by %v", ref, read, may)
		}
	}
}

// ticketAgrees checks who sees a ticket, and says how often each reads it.
func (w *walk) ticketAgrees(id syncproto.ID, b ticket.Body, claims []claim.Body) map[syncproto.ID]uint32 {
	read := map[syncproto.ID]uint32{b.CallCentre: 1, b.Region: 1}
	if !b.Holder.IsZero() {
		read[b.Holder]++
	}
	extra := map[syncproto.ID]bool{}
	for _, c := range b.Clocks {
		if c.Ladder == escalation.Recipient && !c.Person.IsZero() {
			extra[c.Person] = true
		} else if c.Ladder == escalation.Recipient {
			extra[c.Unit] = true
		}
		if c.Result == escalation.Disputed || c.Judged {
			extra[w.units["hq"]] = true
		}
	}
	for reader := range extra {
		read[reader]++
	}
	sees := maps.Clone(read)
	for _, c := range claims {
		if c.Routed.At != 0 {
			sees[w.units["hq"]]++
		}
	}
	for _, p := range w.places {
		may := sees[p.person] > 0
		for _, u := range p.units {
			may = may || sees[u] > 0
		}
		shows := p.sight.shows(ticket.Ref(id))
		if w.compare(16); shows != may && (!shows || !w.onlyParked(p, ticket.Ref(id))) {
			w.t.Errorf("16: %s sees ticket %v: %v; may: %v", p.name, b.Number, !may, may)
		}
	}
	return read
}
