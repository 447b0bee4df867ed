package replica_test

import (
	"testing"

	"redress/desktop/centraltest"
	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// BenchmarkTap is a contact recorded on a ticket: decided, on the disk, folded.
func BenchmarkTap(b *testing.B) {
	d := seatDesk(b)
	id := d.open("远程车控失败")
	d.sync()
	for n := 0; b.Loop(); n++ {
		if n%50 == 49 { // what is confirmed leaves the overlay, as it does on a line
			b.StopTimer()
			d.sync()
			b.StartTimer()
		}
		d.mustTap(syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Inbound, Text: "又来电"})
	}
}

// BenchmarkFirstSync is a delta of 200 tickets with their histories.
func BenchmarkFirstSync(b *testing.B) {
	central := centraltest.New(b)
	d := newDesk(b, central, "seat", centraltest.Seat, "K7MQ")
	body, err := rules.WriteBody(ticket.Body{Number: "K7MQ-00001", Subject: "远程车控失败", Region: centraltest.East, CallCentre: centraltest.CallCentre,
		FirstContact: central.Now, Contacts: 1, Description: "车主反映远程车控失败，已重启车机，仍无法连接。"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		from := d.Desk().Cursor
		delta := syncproto.Delta{Epoch: 1, From: from, Cursor: from + 1}
		for range 200 {
			ref := ticket.Ref(central.NewID())
			delta.Documents = append(delta.Documents, syncproto.Document{Ref: ref, Epoch: 1, Version: 2, Body: body})
			for v := range uint64(2) {
				delta.History = append(delta.History, syncproto.HistoryEntry{Event: syncproto.Event{ID: central.NewID(), Doc: ref,
					Kind: syncproto.EventNoted, Version: v + 1, Body: syncproto.MustEncode(ticket.Noted{Text: "备注"})}, Epoch: 1, Seq: from, Command: central.NewID()})
			}
		}
		b.StartTimer()
		d.must(d.Apply(ctx, delta))
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/200, "µs/ticket")
}
