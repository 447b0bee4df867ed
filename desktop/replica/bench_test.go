package replica_test

import (
	"fmt"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
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

// stock has the desk hold tickets from one number to another, with their customers, cars and two
// steps each, by deltas of fifty.
func (d *desk) stock(begin, tickets int) {
	d.t.Helper()
	for first := begin; first < tickets; first += 50 {
		from := d.Desk().Cursor
		contents := d.goods(first, min(first+50, tickets))
		d.must(d.Apply(ctx, syncproto.Delta{Epoch: 1, From: from, Cursor: from + 1, Documents: contents.Documents, History: contents.History}))
	}
}

// goods are such tickets and what belongs to them.
func (d *desk) goods(first, upto int) (contents syncproto.PageContents) {
	d.t.Helper()
	write := func(body any) []byte {
		data, err := rules.WriteBody(body)
		d.must(err)
		return data
	}
	surnames, places := []rune("王李张刘陈杨黄赵吴周"), []string{"地下车库", "高速服务区", "公司楼下", "小区门口", "商场停车场"}
	troubles := []string{"远程车控失败", "中控屏黑屏", "充电跳枪", "空调不制冷", "配件长期缺货", "仪表盘报警", "座椅异响", "倒车影像花屏"}
	add := func(ref syncproto.Ref, body any) {
		contents.Documents = append(contents.Documents, syncproto.Document{Ref: ref, Epoch: 1, Version: 2, Body: write(body)})
	}
	from := d.Desk().Cursor
	for n := first; n < upto; n++ {
		id, trouble, place := d.central.NewID(), troubles[n%len(troubles)], places[n%len(places)]
		reads := []customer.Reader{{Bucket: syncproto.Bucket(centraltest.CallCentre), Tickets: 1}}
		car := fmt.Sprintf("L%s3A23C8K3%06d", []string{"FV", "SV", "GB", "HG"}[n%4], n*7919%1_000_000)
		caller := customer.Body{Name: string(surnames[n%10]) + string(rune('一'+n*31%2000)), Phones: []string{fmt.Sprintf("13%09d", n*104729%1_000_000_000)}, Readers: reads}
		add(customer.Ref(id), caller)
		add(customer.VehicleRef(customer.VehicleID(car)), customer.Vehicle{VIN: car, Model: "远行 PHEV", Readers: reads})
		add(ticket.Ref(id), ticket.Body{Number: fmt.Sprintf("K7MQ-%05d", n), Subject: trouble, Type: "投诉", Region: centraltest.East, CallCentre: centraltest.CallCentre,
			FirstContact: d.central.Now.Add(syncproto.Span(n) * syncproto.Minute), Contacts: 1, Customer: id, Vehicle: customer.VehicleID(car),
			Description: "车主反映车停在" + place + "时" + trouble + "，已重启车机，仍无法恢复，要求当天给出说法。"})
		for v, text := range []string{"客户来电催办，语气急", "已转" + place + "附近的服务站核实，等待配件到货时间"} {
			contents.History = append(contents.History, syncproto.HistoryEntry{Event: syncproto.Event{ID: d.central.NewID(), Doc: ticket.Ref(id),
				Kind: syncproto.EventNoted, Version: uint64(v) + 1, Body: syncproto.MustEncode(ticket.Noted{Text: text})}, Epoch: 1, Seq: from, Command: d.central.NewID()})
		}
	}
	return contents
}

// BenchmarkFind is a first page of fifty out of 20,000 tickets, by what people type. Beside it
// stands the same question put to the index alone.
func BenchmarkFind(b *testing.B) {
	d := newDesk(b, centraltest.New(b), "seat", centraltest.Seat, "K7MQ")
	d.stock(0, 20_000)
	for _, text := range []string{"K7MQ-00042", "K7MQ", "138", "13800", "LSV3A23", "车", "远程车控", "王一", "网关", "车 1380", "核实"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				_, err := d.Find(ctx, replica.ReadQuery(text), replica.Place{}, 50)
				d.must(err)
			}
		})
		b.Run(text+"/bare", func(b *testing.B) {
			for b.Loop() {
				d.must(d.Bare(ctx, text, 50))
			}
		})
	}
}
