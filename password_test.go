package redress_test

import (
	"testing"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
)

// TestAPasswordThatIsChangedEndsTheWork at a real server, without anybody touching the desk: who is logged in with the
// old one is so no more, and without the server it opens nothing. What was done last arrives.
func TestAPasswordThatIsChangedEndsTheWork(t *testing.T) {
	w := newRoomServer(t)
	w.served.Access.OnPassword = w.served.Hub.LogOut
	seat := w.window(w.Seat, "wang")
	w.until(seat, "connected", func(l present.Line) bool { return l.State == present.Connected && l.Trouble == "" })
	w.must(seat.Give(t.Context(), []replica.Wish{{Kind: syncproto.CommandOpen, Command: w.Open(w.ID(), w.East, "K7MQ-00001")}}))
	w.must(w.served.Access.SetPassword(t.Context(), w.Seat, "秋天2026!!"))
	w.until(seat, "logged out", func(present.Line) bool { return seat.Refused() })
	if seat.Replica.CheckPassword(gatewaytest.Password) {
		t.Error("without the server the old password still opens the desk")
	}
	w.until(seat, "handed in", func(present.Line) bool { return must(seat.Replica.Status(t.Context())).Unsent == 0 })
}
