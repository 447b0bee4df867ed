package replica_test

import (
	"fmt"
	"maps"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
)

// derived writes down all that is derived: every listed document with its body.
func (d *desk) derived() string {
	d.t.Helper()
	var text strings.Builder
	for _, kind := range []syncproto.DocKind{syncproto.KindCustomer, syncproto.KindVehicle, syncproto.KindTicket, syncproto.KindClaim, syncproto.KindAccount} {
		for _, open := range []bool{false, true} {
			var after replica.Key
			for {
				rows, err := d.List(ctx, kind, open, after, replica.MaxWindow)
				d.must(err)
				if len(rows) == 0 {
					break
				}
				for _, r := range rows {
					fmt.Fprintf(&text, "%v v%d open=%v %v %q pending=%v limbo=%v %x\n", r.Ref, r.Version, open, r.Deadline, r.Number, r.Pending, r.Limbo, syncproto.MustEncode(r.Body))
				}
				after = rows[len(rows)-1].Key()
			}
		}
	}
	index, err := d.Index(ctx)
	d.must(err)
	text.WriteString(strings.Join(index, "\n"))
	return text.String()
}

// derivedIsFolded is invariant 19: what is derived equals its fold from scratch.
func (d *desk) derivedIsFolded() {
	d.t.Helper()
	d.countedRight()
	kept := d.derived()
	d.must(d.RebuildOverlay(ctx))
	d.countedRight()
	if folded := d.derived(); folded != kept {
		d.t.Fatalf("the overlay is\n%s\nand from scratch it is\n%s", kept, folded)
	}
}

// countedRight compares what is kept as counted with the rows, one by one.
func (d *desk) countedRight() {
	d.t.Helper()
	scanned, kept, err := d.CountsByScan(ctx)
	d.must(err)
	if !maps.Equal(scanned, kept) {
		d.t.Fatalf("open are %v, counted are %v", scanned, kept)
	}
}
