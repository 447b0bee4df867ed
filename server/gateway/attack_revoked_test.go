package gateway_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// A stolen laptop, with its key, its data and a token that is still good, in the hands of somebody
// with another program: from the entry on that revokes it nothing is read on it any more.

// secret stands in what is written after the revocation.
const secret = "撤销之后才登记"

// revokedWith revokes the device, and in the very same batch another desk opens a ticket that its
// person would read. It says where the revocation stands in the log.
func (s *served) revokedWith(d *gatewaytest.Desk, other *ledgertest.Desk) (seq uint64) {
	s.T.Helper()
	revoke, err := rules.Write(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: d.Device, Reason: "电脑被盗"})
	if err != nil {
		s.T.Fatal(err)
	}
	revoke.Operator = "周敏"
	open := s.Open(s.NewID(), s.East, "K7MQ-00001")
	open.Subject = secret
	results := s.Commit(s.Ledger.Own(revoke, s.Now), other.Submission(other.Make(syncproto.CommandOpen, open)))
	for _, r := range results {
		if r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted {
			s.T.Fatalf("%v %+v", r.Problem, r.Verdict)
		}
	}
	return results[0].Verdict.Seq
}

// current hears until the session has brought all there is and the manager's authority with it,
// and nothing is on its way any more.
func (i *intruder) current() {
	i.T.Helper()
	for {
		before := len(i.heard)
		if ok, code := i.goesOn(); !ok {
			i.T.Fatalf("it ended with %q", code)
		}
		if at, granted := i.cursor(); granted && at == i.Ledger.Head().Seq && len(i.heard) == before+1 {
			return
		}
	}
}

// cursor is up to where it was told of the log, and whether it was offered authority.
func (i *intruder) cursor() (at uint64, granted bool) {
	i.T.Helper()
	for _, f := range i.frames(0) {
		switch f := f.(type) {
		case *syncproto.Delta:
			at = max(at, f.Cursor)
		case *syncproto.Head:
			at = max(at, f.Seq)
		case *syncproto.Grants:
			granted = true
		}
	}
	return at, granted
}

// frames are what it was sent, but for the first so many.
func (i *intruder) frames(from int) (all []syncproto.Frame) {
	i.T.Helper()
	for _, data := range i.heard[from:] {
		f, err := syncproto.DecodeFrame(data)
		if err != nil {
			i.T.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// endsUntold hears until the server says why it ends, or says anything of the log.
func (i *intruder) endsUntold() (code syncproto.Code) {
	i.T.Helper()
	i.until(func(f syncproto.Frame) bool {
		if away, is := f.(*syncproto.Goaway); is {
			code = away.Code
		}
		return code != "" || is[*syncproto.Delta](f) || is[*syncproto.Head](f)
	})
	return code
}

// toldNothing: of all that was sent after the first so many frames, nothing is of the log, and no
// authority.
func (i *intruder) toldNothing(from int) {
	i.T.Helper()
	for _, f := range i.frames(from) {
		switch f := f.(type) {
		case *syncproto.Delta, *syncproto.Head, *syncproto.Checkpoint, *syncproto.Parts, *syncproto.Grants:
			i.T.Errorf("it was sent a %T", f)
		case *syncproto.Welcome:
			if len(f.Buckets) > 0 {
				i.T.Errorf("it was told %d buckets", len(f.Buckets))
			}
		}
	}
	if i.reads(secret) {
		i.T.Error("it reads what was written after it was revoked")
	}
}

// TestALaptopThatIsRevokedWhileItReads: its session is open, has everything, and whatever it does
// in the moment in which headquarters revokes it, it is sent nothing more; the session ends, and
// the next one, with the same token, only hands in.
func TestALaptopThatIsRevokedWhileItReads(t *testing.T) {
	s := serve(t)
	other := s.Desk(s.Seat, "K7MQ")
	for _, c := range []struct {
		story string
		does  func(i *intruder, d *gatewaytest.Desk)
	}{
		{"it waits", func(*intruder, *gatewaytest.Desk) {}},
		{"it fetches its region again", func(i *intruder, _ *gatewaytest.Desk) {
			i.say(&syncproto.Fetch{Bucket: syncproto.Bucket(s.East), Parts: syncproto.AllParts})
		}},
		{"it compares", func(i *intruder, _ *gatewaytest.Desk) {
			i.say(&syncproto.Differs{Buckets: []syncproto.Bucket{syncproto.Bucket(s.East)}})
		}},
		{"it hands in", func(i *intruder, d *gatewaytest.Desk) {
			i.say(&syncproto.Commands{Commands: []syncproto.Envelope{seal(d, s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "趁现在"}))}})
		}},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.T = t
			laptop := s.desk(s.Manager, "li")
			i := s.opened(laptop, nil)
			i.current()
			before, seq := len(i.heard), s.revokedWith(laptop, other)
			c.does(i, laptop)
			if code := i.endsUntold(); code != syncproto.CodeScopeChanged {
				t.Errorf("the session ended with %q, want %q", code, syncproto.CodeScopeChanged)
			}
			i.toldNothing(before)
			if at, _ := i.cursor(); at >= seq {
				t.Errorf("it was told of the log up to %d; it was revoked at %d", at, seq)
			}
			s.handsInOnly(laptop, func(*syncproto.Hello) {})
		})
	}
	s.T = t
	s.Verify()
}

// handsInOnly has a revoked device come with something that was done on it later: it is told to
// hand in, that waits for a person, and nothing else is sent.
func (s *served) handsInOnly(d *gatewaytest.Desk, change func(*syncproto.Hello)) {
	s.T.Helper()
	late := seal(d, s.wish(d, syncproto.CommandOpen, s.Open(s.NewID(), s.East, "S4TE-00001")))
	again, hello := s.intruder(), helloOf(d)
	change(&hello)
	again.say(&hello)
	challenge, _ := again.hear().(*syncproto.Challenge)
	if challenge == nil {
		s.T.Fatal("it is not even asked who it is")
	}
	again.say(again.proof(&gatewaytest.Desk{Key: d.Key, Links: d.Links[:challenge.Counter+1]})) // as much as the server has
	again.until(func(f syncproto.Frame) bool { return is[*syncproto.Welcome](f) || is[*syncproto.Goaway](f) })
	if again.welcome == nil || again.welcome.Action != syncproto.ActionHandIn {
		s.T.Fatalf("the next session was welcomed with %+v", again.welcome)
	}
	for _, e := range d.Outbox[challenge.Counter : late.Counter-1] {
		again.say(&syncproto.Commands{Commands: []syncproto.Envelope{e}})
	}
	if v, ended := again.verdictOn(late); v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeAfterRevoked {
		s.T.Errorf("what was done on it later is %v %v, ended %q", v.Outcome, v.Findings, ended)
	}
	again.toldNothing(0)
}

// TestATokenOfARevokedLaptop: whatever version its program speaks and whatever it asks, a token of
// before, which by its own time is good for hours, gives it no delta, no page and no authority.
func TestATokenOfARevokedLaptop(t *testing.T) {
	s := serve(t)
	laptop, other := s.desk(s.Manager, "li"), s.Desk(s.Seat, "K7MQ")
	reading := s.opened(laptop, nil)
	reading.current()
	laptop.Cursor, _ = reading.cursor()
	buckets := []syncproto.Bucket{syncproto.Bucket(s.East)}
	s.revokedWith(laptop, other)
	reading.endsUntold()
	if until, err := s.Access.ReadsUntil(t.Context(), s.Clock(), laptop.Token, laptop.Device, laptop.Person); err != nil || until <= s.Clock() {
		t.Fatalf("the token is good until %v: this shows nothing", until)
	}
	for version := syncproto.Oldest; version <= syncproto.Version; version++ {
		for name, ask := range map[string]syncproto.Frame{
			"the time":           &syncproto.Ping{ID: 1},
			"its region":         &syncproto.Fetch{Bucket: buckets[0], Parts: syncproto.AllParts},
			"what it differs in": &syncproto.Differs{Buckets: buckets, Complete: true},
			"for more":           &syncproto.Applied{Cursor: laptop.Cursor},
		} {
			for from, cursor := range map[string]uint64{"the start": 0, "where it was": laptop.Cursor} {
				t.Run(fmt.Sprintf("version %d from %s asks %s", version, from, name), func(t *testing.T) {
					s.T = t
					i := s.opened(laptop, func(h *syncproto.Hello) {
						h.Newest, h.Oldest, h.Cursor = version, 1, cursor
						if cursor > 0 {
							h.Held = buckets
						}
					})
					i.say(ask)
					i.goesOn()
					i.toldNothing(0)
				})
			}
		}
		t.Run(fmt.Sprintf("version %d hands in", version), func(t *testing.T) {
			s.T = t
			s.handsInOnly(laptop, func(h *syncproto.Hello) { h.Newest, h.Oldest = version, 1 })
		})
	}
	s.T = t
	good := s.desk(s.Seat, "wang")
	online(t, good)
	s.unharmed(good)
}

// TestARevokedLaptopBesideTheSessions: nor does anything over HTTP give it more than a stranger
// gets. It is one of headquarters', which may ask most.
func TestARevokedLaptopBesideTheSessions(t *testing.T) {
	s := serve(t)
	laptop, other := s.desk(s.Administrator, "zhou"), s.desk(s.Administrator, "zhou")
	if _, err := s.watch(laptop, nil); err != nil {
		t.Fatal(err)
	}
	s.revokedWith(laptop, s.Desk(s.Seat, "K7MQ"))
	token := laptop.Token
	code, _, err := s.Access.IssueCode(t.Context(), s.Clock(), s.Administrator, "周敏") // no new password: that logs out everybody
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		asks func() error
		code syncproto.Code
	}{
		"logs in with the right password":           {func() error { return laptop.LogIn(t.Context()) }, syncproto.CodeWrongLogin},
		"asks about all desks":                      {func() error { _, err := s.watch(laptop, nil); return err }, syncproto.CodeTokenExpired},
		"asks with the token of another device":     {func() error { return s.watchWith(laptop, other.Token) }, syncproto.CodeTokenExpired},
		"asks as the other device, with its own":    {func() error { return s.watchAs(laptop, other.Device, token) }, syncproto.CodeTokenExpired},
		"asks to be known again, with a new code":   {func() error { return s.claims(laptop, code) }, syncproto.CodeWrongCode},
		"asks to be known again, with another code": {func() error { return s.claims(laptop, "AAAAA-AAAAA") }, syncproto.CodeWrongCode},
	} {
		laptop.Token = token
		if code := refused(t, c.asks()); code != c.code {
			t.Errorf("it %s: %q, want %q", name, code, c.code)
		}
	}
	if _, err := s.watch(other, nil); err != nil {
		t.Errorf("the person's other device: %v", err)
	}
}

func (s *served) watchWith(d *gatewaytest.Desk, token string) error {
	_, err := s.watch(d, func(q *syncproto.DesksRequest) { q.Token = token })
	return err
}

func (s *served) watchAs(d *gatewaytest.Desk, device syncproto.ID, token string) error {
	_, err := s.watch(d, func(q *syncproto.DesksRequest) { q.Device, q.Token = device, token })
	return err
}

func (s *served) claims(d *gatewaytest.Desk, code string) error {
	return d.Ask(s.T.Context(), syncproto.PathEnrol, claimOf(d, code), &syncproto.EnrolAnswer{})
}

// meanwhile is a store in which something happens while somebody begins to read for the nth time.
type meanwhile struct {
	*store.Store
	nth     int
	happens func()
}

func (m *meanwhile) View(ctx context.Context, read func(*store.View) error) error {
	if m.nth--; m.nth == 0 {
		m.happens()
	}
	return m.Store.View(ctx, read)
}

// TestALaptopThatIsRevokedWhileItIsReadFor: at whichever look into the store it happens, nothing of
// the log from there on is sent, and no authority; nor where it was before the desk proved who it is.
func TestALaptopThatIsRevokedWhileItIsReadFor(t *testing.T) {
	s := serve(t)
	other := s.Desk(s.Seat, "K7MQ")
	for nth, happened := 0, true; happened; nth++ {
		happened = false
		laptop, seq := s.desk(s.Manager, "li"), uint64(0)
		reads := &meanwhile{Store: s.Store}
		fill := func(data []byte) { copy(data, "a nonce that nobody else was given") }
		c := gateway.NewHub(s.Ledger, reads, s.Access, gateway.Chance{Fill: fill, NewID: s.NewID}, zerolog.Nop()).Answer(s.Clock())
		i := &intruder{served: s}
		says := func(f syncproto.Frame) {
			message, err := syncproto.EncodeFrame(f)
			if err != nil {
				t.Fatal(err)
			}
			i.heard = append(i.heard, c.Settle(t.Context(), s.Clock(), c.Hear(t.Context(), s.Clock(), message)).Send...)
		}
		hello := helloOf(laptop)
		says(&hello)
		challenge, is := i.frames(0)[0].(*syncproto.Challenge)
		if !is {
			t.Fatalf("%+v", i.frames(0))
		}
		i.nonce = challenge.Nonce
		reads.nth, reads.happens = nth, func() { happened, seq = true, s.revokedWith(laptop, other) }
		if nth == 0 {
			reads.happens()
		}
		says(i.proof(laptop))
		at, granted := i.cursor()
		const offering = 1 // the look for what was issued to it; at later ones that was on its way already
		if happened && (at >= seq || granted && nth <= offering || i.reads(secret)) {
			t.Errorf("look %d: it is sent the log up to %d, and grants: %v; it was revoked at %d", nth, at, granted, seq)
		}
		if !happened && !granted {
			t.Error("nobody is sent grants who is not revoked: this shows nothing")
		}
		if nth == 1 && !happened {
			t.Error("nobody looks into the store: this shows nothing")
		}
		c.Drop()
	}
}
