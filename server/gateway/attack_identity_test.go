package gateway_test

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Somebody who knows all that can be known of another's device (its id and incarnation are
// reference data, its token and a proof were overheard) and has not its key, is nobody there.
func TestAnotherPersonsDevice(t *testing.T) {
	s := serve(t)
	victim, thief := s.desk(s.Manager, "li"), s.desk(s.Seat, "wang")
	overheard := s.intruder() // what the victim once said to prove itself
	overheard.challenged(helloOf(victim))
	proof := overheard.proof(victim)
	for _, c := range []struct {
		story string
		says  func(i *intruder)
		code  syncproto.Code
	}{
		{"the victim's Hello, proved by the thief's key", func(i *intruder) {
			as := *victim
			as.Key = thief.Key
			i.open(&as, helloOf(victim))
		}, syncproto.CodeUnsigned},
		{"the victim's Hello with a proof that was overheard", func(i *intruder) {
			i.challenged(helloOf(victim))
			i.say(proof)
		}, syncproto.CodeUnsigned},
		{"the victim's Hello with no signature", func(i *intruder) {
			i.challenged(helloOf(victim))
			i.say(&syncproto.Proof{})
		}, syncproto.CodeUnsigned},
		{"a device nobody enrolled, with the thief's key", func(i *intruder) {
			hello := helloOf(thief)
			hello.Device = s.NewID()
			i.say(&hello)
		}, syncproto.CodeUnknownDevice},
		{"the thief's session with the victim's commands", func(i *intruder) {
			i.open(thief, helloOf(thief))
			note := s.wish(victim, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "潜入"})
			i.say(&syncproto.Commands{Commands: []syncproto.Envelope{syncproto.Seal(note, thief.Key, victim.Device, victim.Incarnation, syncproto.Link{})}})
		}, syncproto.CodeOutOfOrder},
		{"the thief's device with the victim's incarnation", func(i *intruder) {
			i.open(thief, helloOf(thief))
			note := s.wish(thief, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "潜入"})
			i.say(&syncproto.Commands{Commands: []syncproto.Envelope{syncproto.Seal(note, thief.Key, thief.Device, victim.Incarnation, syncproto.Link{})}})
		}, syncproto.CodeOutOfOrder},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.T = t
			i, head := s.intruder(), s.Ledger.Head()
			c.says(i)
			if goesOn, code := i.goesOn(); goesOn || code != c.code {
				t.Errorf("it is let in: %v; it ended with %q, want %q", goesOn, code, c.code)
			}
			if s.Ledger.Head() != head {
				t.Error("something of it is in the log")
			}
		})
	}
	s.T = t
	t.Run("the victim's token in the thief's session reads nothing", func(t *testing.T) {
		i := s.opened(thief, func(h *syncproto.Hello) { h.Token = victim.Token })
		if i.welcome.Action != syncproto.ActionHandIn || len(i.welcome.Buckets) > 0 {
			t.Errorf("welcomed with %v and %d buckets", i.welcome.Action, len(i.welcome.Buckets))
		}
	})
	t.Run("the victim's incarnation in the thief's Hello is a copied disk of the thief's", func(t *testing.T) {
		i := s.opened(thief, func(h *syncproto.Hello) { h.Incarnation = victim.Incarnation })
		if i.welcome.Action != syncproto.ActionRekey || i.welcome.Incarnation == victim.Incarnation {
			t.Errorf("welcomed with %v", i.welcome)
		}
	})
	online(t, victim) // nobody moved its line
	if victim.Welcomes[0] != syncproto.ActionResume {
		t.Errorf("the victim was welcomed with %v", victim.Welcomes)
	}
	s.unharmed(victim)
}

// Commands that were overheard on their way, or taken from a disk, are of use to nobody but
// their device: once more they change nothing, under another's signature they are that one's,
// with another body under the old signature they are nobody's; and none of it takes the place
// of the true one.
func TestAnothersCommands(t *testing.T) {
	s := serve(t)
	victim, thief := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	id := s.NewID()
	line := s.opened(victim, nil)
	line.verdictOn(seal(victim, s.wish(victim, syncproto.CommandOpen, s.Open(id, s.East, "K7MQ-00001"))))
	noted := s.wish(victim, syncproto.CommandNote, ticket.Note{Ticket: id, Text: "真话"})
	note := seal(victim, noted)
	first, _ := line.verdictOn(note)
	if first.Outcome != syncproto.Accepted {
		t.Fatal(first)
	}
	coming := s.wish(victim, syncproto.CommandNote, ticket.Note{Ticket: id, Text: "还没送到"}) // overheard, and held back
	says := func(text string) syncproto.Intent {
		other := noted
		other.Body = syncproto.MustEncode(ticket.Note{Ticket: id, Text: text})
		return other
	}
	notes := func() int {
		n := 0
		for seq := range s.Ledger.Head().Seq {
			for _, e := range s.Payload(seq + 1).Events {
				if e.Kind == syncproto.EventNoted {
					n++
				}
			}
		}
		return n
	}
	want := notes()
	for _, c := range []struct {
		story string
		by    *gatewaytest.Desk
		sends func(by *gatewaytest.Desk) syncproto.Envelope
		code  syncproto.Code // of the rejection
		ends  syncproto.Code // or of the session's end
	}{
		{"replayed on the thief's line", thief, func(*gatewaytest.Desk) syncproto.Envelope { return note }, "", syncproto.CodeOutOfOrder},
		{"replayed on the victim's own line, by a thief of its key's session", victim, func(*gatewaytest.Desk) syncproto.Envelope { return note }, "", syncproto.CodeOutOfOrder},
		{"signed again by the thief", thief, func(by *gatewaytest.Desk) syncproto.Envelope { return seal(by, noted) }, syncproto.CodeNotAllowed, ""},
		{"signed again by the thief in the thief's name", thief, func(by *gatewaytest.Desk) syncproto.Envelope {
			mine := noted
			mine.Person = by.Person
			return seal(by, mine)
		}, syncproto.CodeSameIDOtherHash, ""},
		{"held back, and signed by the thief first", thief, func(by *gatewaytest.Desk) syncproto.Envelope { return seal(by, coming) }, syncproto.CodeNotAllowed, ""},
		{"another body under the old signature", victim, func(by *gatewaytest.Desk) syncproto.Envelope {
			e := syncproto.Seal(says("假话"), by.Key, by.Device, by.Incarnation, by.Links[len(by.Links)-1])
			e.Signature = note.Signature
			by.Links = append(by.Links, e.Link())
			return e
		}, syncproto.CodeUnsigned, ""},
		{"the same id with another body, rightly signed", victim, func(by *gatewaytest.Desk) syncproto.Envelope { return seal(by, says("改口")) }, syncproto.CodeSameIDOtherHash, ""},
		{"the true one that was held back", victim, func(by *gatewaytest.Desk) syncproto.Envelope { return seal(by, coming) }, "", ""},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.T = t
			i := s.opened(c.by, nil)
			e := c.sends(c.by)
			v, ended := i.verdictOn(e)
			if c.code == "" && c.ends == "" {
				want++
			}
			switch {
			case ended != c.ends:
				t.Errorf("the session ended with %q, want %q", ended, c.ends)
			case c.ends != "":
			case c.code == "" && v.Outcome != syncproto.Accepted, c.code != "" && (v.Outcome != syncproto.Rejected || v.Findings[0].Code != c.code):
				t.Errorf("%v %v, want %q", v.Outcome, v.Findings, c.code)
			}
		})
	}
	s.T = t
	if now := notes(); now != want {
		t.Errorf("%d notes are in the log, want %d: the true one, and the one that was held back", now, want)
	}
	if again := s.Command(noted.ID); again.Hash != first.Hash || again.Seq != first.Seq {
		t.Errorf("the true command has another verdict: %+v", again)
	}
	s.Verify()
}

// challengedToCommand is a command that the desk signed as the proof of a session: whoever it took
// for the server challenged it with all of the command but its end, in which lies what it proves.
func challengedToCommand(d *gatewaytest.Desk, intent syncproto.Intent) syncproto.Envelope {
	line := d.Links[len(d.Links)-1]
	p := syncproto.Proof{Hash: line.Hash, Reading: d.Reading()}
	end := syncproto.MustEncode(p)
	whole := syncproto.MustEncode(struct {
		syncproto.Intent
		End []byte `cbor:"99,keyasint"` // passed over, as what a newer program may send
	}{intent, end})
	signed := ed25519.Sign(d.Key, syncproto.ProofBytes(bytes.TrimSuffix(whole, end), p))
	e := syncproto.Reseal(syncproto.Envelope{Device: d.Device, Intent: whole, Signature: signed}, d.Incarnation, line)
	d.Links = append(d.Links, e.Link())
	return e
}

// A proof is for one challenge, a signature for one purpose: what a device signs in one place
// is worth nothing in another.
func TestASignatureIsGoodForOnePurpose(t *testing.T) {
	s := serve(t)
	d := s.desk(s.Seat, "wang")
	forged := challengedToCommand(d, s.wish(d, syncproto.CommandOpen, s.Open(s.NewID(), s.East, "K7MQ-00001")))
	before := *d
	before.Links = d.Links[:1]
	if v, _ := s.opened(&before, nil).verdictOn(forged); v.Outcome != syncproto.Rejected || v.Findings[0].Code != syncproto.CodeUnsigned {
		t.Errorf("a proof's signature opens a ticket: %v %v", v.Outcome, v.Findings)
	}
	note := s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "日志"})
	i := s.intruder()
	i.challenged(helloOf(d))
	p := i.proof(d)
	p.Signature = seal(d, note).Signature
	if i.say(p); i.ends() != syncproto.CodeUnsigned {
		t.Error("a command's signature proves a session")
	}
	nonce := s.Access.Nonce(s.Clock())
	login := syncproto.LoginRequest{Device: d.Device, Login: d.Login, Password: d.Password, Nonce: nonce}
	p = &syncproto.Proof{}
	login.Signature = ed25519.Sign(d.Key, syncproto.ProofBytes(nonce, *p))
	if err := d.Ask(t.Context(), syncproto.PathLogin, login, &syncproto.LoginAnswer{}); err == nil || !strings.Contains(err.Error(), string(syncproto.CodeWrongLogin)) {
		t.Errorf("a proof's signature logs in: %v", err)
	}
}
