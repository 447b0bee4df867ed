package gateway_test

import (
	"testing"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// asking is a ledger of which something happens while somebody asks who is who.
type asking struct {
	gateway.Ledger
	happens func()
}

func (a *asking) Reference() reference.Reference {
	if happens := a.happens; happens != nil {
		a.happens = nil
		happens()
	}
	return a.Ledger.Reference()
}

// byHand is a session without a line.
type byHand struct {
	*intruder
	conversation *gateway.Conversation
}

func (s *served) byHand(hub *gateway.Hub, d *gatewaytest.Desk, hello syncproto.Hello) *byHand {
	b := &byHand{intruder: &intruder{served: s}, conversation: hub.Answer(s.Clock())}
	b.says(&hello)
	challenge, is := b.frames(0)[0].(*syncproto.Challenge)
	if !is {
		s.T.Fatalf("%+v", b.frames(0))
	}
	b.nonce = challenge.Nonce
	b.says(b.proof(d))
	return b
}

func (b *byHand) says(f syncproto.Frame) {
	message, err := syncproto.EncodeFrame(f)
	if err != nil {
		b.T.Fatal(err)
	}
	b.settle(b.conversation.Hear(b.T.Context(), b.Clock(), message))
}

func (b *byHand) passes() { b.settle(b.conversation.Pass(b.T.Context(), b.Clock())) }

func (b *byHand) settle(turn gateway.Turn) {
	b.heard = append(b.heard, b.conversation.Settle(b.T.Context(), b.Clock(), turn).Send...)
}

// TestAReplacedSessionHasNotReported: after a restore to an older state a laptop has something to hand in,
// and its line is made anew while its older session looks at its authority. The accounts stay frozen.
func TestAReplacedSessionHasNotReported(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Manager, "P2XA")
	intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	older := store.Restoration{Epoch: 2, Older: true, Months: syncproto.MonthOf(w.Now)}
	if err := w.Store.Restored(t.Context(), older, w.Ledger.AsRestored(2, w.Now, intent), nil); err != nil {
		t.Fatal(err)
	}
	w.Restart()
	if err := w.Ledger.EndRestoring(t.Context(), w.Now); err != nil {
		t.Fatal(err)
	}
	s := serveWorld(t, w)
	d := s.as(desk, "li")
	seal(d, s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "已回电"}))
	hello := helloOf(d)
	d.Links = d.Links[:1] // the server has none of it
	between := &asking{Ledger: s.Ledger}
	fill := func(data []byte) { copy(data, "a nonce that nobody else was given") }
	hub := gateway.NewHub(between, s.Store, s.Access, gateway.Chance{Fill: fill, NewID: s.NewID}, zerolog.Nop())
	first := s.byHand(hub, d, hello)
	first.passes()
	between.happens = func() { s.byHand(hub, d, hello) }
	first.passes()
	if _, frozen := s.Ledger.Frozen(s.Manager); !frozen || between.happens != nil {
		t.Errorf("the laptop has not handed in, and the accounts are frozen: %v", frozen)
	}
}
