package gateway_test

import (
	"crypto/ed25519"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// told is what the command line gave, with what it was told of it.
func told(t *testing.T, w *ledgertest.World, outcome syncproto.Outcome, kind syncproto.CommandKind, command any) store.Reoffered {
	t.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		t.Fatal(err)
	}
	intent.ID, intent.Operator = w.ID(), "周敏"
	id := w.Ledger.Identity()
	e := syncproto.Seal(intent, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), id.OperatorDevice, id.OperatorDevice, syncproto.Link{})
	v := syncproto.Verdict{Hash: e.CommandHash(), Epoch: 1, Seq: w.Ledger.Head().Seq + 1, Time: w.Now, Outcome: outcome}
	return store.Reoffered{Command: e, First: v.Sign(id.LogID, id.ServerKey)}
}

// A stolen laptop was revoked and a person has left, and a restored server knows neither: only the
// command line's outbox does. While the server collects, the thief and the one who left have tokens
// that were good, and passwords that are right; they read nothing by either, and no administrator's
// page. Nobody is told to erase anything. A revocation that was refused, and a person who was back
// before the disk was lost, change nothing.
func TestWhatWasRevokedReadsNothingWhileTheServerCollects(t *testing.T) {
	w := ledgertest.New(t)
	left, back := w.Person("sun", policy.Seat, w.CallCentre), w.Person("he", policy.Seat, w.CallCentre)
	desks := map[string]*ledgertest.Desk{
		"wang": w.Desk(w.Seat, "K7MQ"), "zhou": w.Desk(w.Administrator, "P2XA"),
		"sun": w.Desk(left, "Q2XA"), "he": w.Desk(back, "R2XA"), "li": w.Desk(w.Manager, "S2XA"),
	}
	person := func(login string, left syncproto.Instant) organisation.Person {
		return organisation.Person{Name: login, Login: login, Roles: []policy.Role{policy.Seat}, Units: []syncproto.ID{w.CallCentre}, Left: left}
	}
	// What the command line was told first, in its order.
	again := []store.Reoffered{
		told(t, w, syncproto.Accepted, syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: desks["wang"].Device, Reason: "被盗"}),
		told(t, w, syncproto.Accepted, syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: desks["zhou"].Device, Reason: "被盗"}),
		told(t, w, syncproto.Rejected, syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: desks["li"].Device, Reason: "误"}),
		told(t, w, syncproto.Accepted, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: left, Person: person("sun", w.Now)}),
		told(t, w, syncproto.Accepted, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: back, Person: person("he", w.Now)}),
		told(t, w, syncproto.Accepted, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: back, Person: person("he", 0)}),
	}
	s := serveRestored(t, w)
	known := map[string]*gatewaytest.Desk{}
	for login, d := range desks { // their tokens are of before the server began to collect
		known[login] = s.as(d, login)
	}
	if err := s.Hub.Collect(t.Context(), s.Clock(), again); err != nil {
		t.Fatal(err)
	}
	if _, err := s.watch(known["zhou"], nil); refused(t, err) != syncproto.CodeTokenExpired {
		t.Errorf("the administrator's stolen laptop asks about the desks: %v", err)
	}
	for login, reads := range map[string]bool{"wang": false, "zhou": false, "sun": false, "he": true, "li": true} {
		d := known[login]
		want := map[bool]syncproto.Code{true: "", false: syncproto.CodeWrongLogin}[reads]
		for range 2 { // with the token it has; and after it asked for another
			if err := d.Dial(t.Context()); err != nil {
				t.Fatal(err)
			}
			welcomed := len(d.Welcomes) + 1
			play(t, d, func() bool { return len(d.Welcomes) == welcomed })
			if got := d.Welcomes[welcomed-1]; got == syncproto.ActionWipe || got == syncproto.ActionHandIn == reads {
				t.Errorf("%s is welcomed with %v", login, got)
			}
			if err := d.Hang(); err != nil {
				t.Fatal(err)
			}
			if code := refused(t, d.LogIn(t.Context())); code != want {
				t.Errorf("%s logs in: %q, want %q", login, code, want)
			}
		}
	}
	if err := s.Ledger.EndRestoring(t.Context(), s.Clock()); err != nil {
		t.Fatal(err)
	}
	if err := known["li"].LogIn(t.Context()); err != nil || s.Ledger.ReadsNothing(desks["wang"].Device, w.Seat) {
		t.Errorf("after the collecting what the log says counts alone: %v", err)
	}
}
