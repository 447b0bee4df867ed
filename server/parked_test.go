package main

import (
	"strings"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// TestWhoReleasesSeesWhatWasTold of what waits, also where its device said so only while it waited.
func TestWhoReleasesSeesWhatWasTold(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	waits := desk.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: w.ID(), Unit: w.Department, Note: "请查"})
	v := desk.Hand(waits).Verdict
	since, id := w.Ledger.Head().Seq, w.Ledger.Identity()
	v.Seq, v.Outcome, v.Findings = v.Seq+1, syncproto.Accepted, nil
	intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	if err := w.Store.Restored(t.Context(), store.Restoration{Epoch: 2}, w.Ledger.AsRestored(2, w.Now, intent), nil); err != nil {
		t.Fatal(err)
	}
	w.Restart()
	if err := w.Ledger.Told(t.Context(), w.Now, desk.Device, []syncproto.Verdict{v.Sign(id.LogID, id.ServerKey)}, true); err != nil {
		t.Fatal(err)
	}
	err := w.Store.View(t.Context(), func(v *store.View) error {
		all, err := v.Parked()
		if err != nil || len(all) != 1 || all[0].Seq != since || all[0].Told != w.Ledger.Head().Seq {
			t.Fatalf("%+v %v", all, err)
		}
		line, err := parkedLine(v, w.Ledger.Reference(), all[0])
		if err != nil || !strings.Contains(line, "was accepted") {
			t.Errorf("it says %q (%v)", line, err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
