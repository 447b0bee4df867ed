package gateway_test

import (
	"net"
	"testing"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// Whoever asks from one address without a pause, whatever it is and with no device at all, is
// slowed down with every kind of question alike; from elsewhere everybody is answered as before.
func TestQuestionsFromOneAddress(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.AsksOfAddress = gateway.Rate{Burst: 5, Every: syncproto.Second}
	limits.NoncesOfAddress = limits.AsksOfAddress
	for name, asks := range map[string]func(s *served, d *gatewaytest.Desk) error{
		"what to sign": func(s *served, d *gatewaytest.Desk) error {
			return d.Ask(s.T.Context(), syncproto.PathNonce, struct{}{}, &syncproto.NonceAnswer{})
		},
		"a password, for nobody's device": func(s *served, d *gatewaytest.Desk) error {
			q := syncproto.LoginRequest{Device: s.NewID(), Login: "wang", Password: password, Nonce: s.Access.Nonce(s.Clock())}
			return d.Ask(s.T.Context(), syncproto.PathLogin, q.Sign(d.Key), &syncproto.LoginAnswer{})
		},
		"a code": func(s *served, d *gatewaytest.Desk) error {
			return d.Ask(s.T.Context(), syncproto.PathEnrol, enrolAgain(d, "AAAAA-AAAAA"), &syncproto.EnrolAnswer{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := newStill()
			s := serveWithin(t, ledgertest.New(t), clock.now, limits)
			stranger, other := s.Stranger("wang"), s.Stranger("wang")
			stranger.Incarnation, other.Incarnation = s.NewID(), s.NewID()
			other.Dialer = net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.9")}}
			for n := range 5 {
				if code := refused(t, asks(s, stranger)); code == syncproto.CodeTooOften {
					t.Fatalf("the question %d is one too many", n+1)
				}
			}
			for range 3 {
				if code := refused(t, asks(s, stranger)); code != syncproto.CodeTooOften {
					t.Errorf("one more is answered %q, want %q", code, syncproto.CodeTooOften)
				}
			}
			if code := refused(t, asks(s, other)); code == syncproto.CodeTooOften {
				t.Error("who asks from elsewhere has to wait")
			}
			clock.move(syncproto.Second)
			if code := refused(t, asks(s, stranger)); code == syncproto.CodeTooOften {
				t.Error("a second later there is still no question left")
			}
			if code := refused(t, asks(s, stranger)); code != syncproto.CodeTooOften {
				t.Errorf("a second later there is more than one: %q", code)
			}
		})
	}
}
