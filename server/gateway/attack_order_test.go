package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Every kind of frame in every state of a session: whatever does not belong there ends it, and
// nothing of it is read, decided or answered. "" goes on.
func TestEveryFrameInEveryState(t *testing.T) {
	s := serve(t)
	good := s.desk(s.Seat, "wang")
	online(t, good)
	ticketID := s.NewID()
	opening := tap(t, good, syncproto.CommandOpen, s.Open(ticketID, s.East, "K7MQ-00001"))
	play(t, good, func() bool { return good.Verdicts[opening].Outcome == syncproto.Accepted })
	d := s.desk(s.Manager, "li")
	const out = syncproto.CodeOutOfOrder
	states := []struct {
		name string
		in   func(d *gatewaytest.Desk) *intruder
	}{
		{"before Hello", func(*gatewaytest.Desk) *intruder { return s.intruder() }},
		{"before the proof", func(d *gatewaytest.Desk) *intruder { i := s.intruder(); i.challenged(helloOf(d)); return i }},
		{"rekeyed", func(d *gatewaytest.Desk) *intruder {
			i := s.opened(d, func(h *syncproto.Hello) { h.Incarnation = s.NewID() })
			d.Incarnation, d.Links = i.welcome.Incarnation, []syncproto.Link{{}}
			return i
		}},
		{"open", func(d *gatewaytest.Desk) *intruder { return s.opened(d, nil) }},
		{"handing in", func(d *gatewaytest.Desk) *intruder {
			return s.opened(d, func(h *syncproto.Hello) { h.Token = "nobody's" })
		}},
	}
	for _, c := range []struct {
		name  string
		frame func(i *intruder, d *gatewaytest.Desk) syncproto.Frame
		ends  [5]syncproto.Code // in the order of the states
	}{
		{"Hello", func(_ *intruder, d *gatewaytest.Desk) syncproto.Frame { h := helloOf(d); return &h }, [5]syncproto.Code{"", out, "", out, out}},
		{"Challenge", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Challenge{Version: 3} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Proof", func(i *intruder, d *gatewaytest.Desk) syncproto.Frame { return i.proof(d) }, [5]syncproto.Code{out, "", out, out, out}},
		{"Welcome", func(*intruder, *gatewaytest.Desk) syncproto.Frame {
			return &syncproto.Welcome{Action: syncproto.ActionResume}
		}, [5]syncproto.Code{out, out, out, out, out}},
		{"Commands", func(_ *intruder, d *gatewaytest.Desk) syncproto.Frame {
			intent, last := s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: ticketID, Text: "潜入"}), d.Links[len(d.Links)-1]
			return &syncproto.Commands{Commands: []syncproto.Envelope{syncproto.Seal(intent, d.Key, d.Device, d.Incarnation, last)}}
		}, [5]syncproto.Code{out, out, out, "", ""}},
		{"Verdicts", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Verdicts{Received: 9} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Delta", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Delta{Cursor: 9} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Applied", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Applied{Cursor: 1 << 50} }, [5]syncproto.Code{out, out, out, "", ""}},
		{"Head", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Head{Seq: 1} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Grants", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Grants{} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Ping", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Ping{ID: 1} }, [5]syncproto.Code{out, out, out, "", ""}},
		{"Pong", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Pong{ID: 1} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Checkpoint", func(*intruder, *gatewaytest.Desk) syncproto.Frame { return &syncproto.Checkpoint{Seq: 1} }, [5]syncproto.Code{out, out, out, out, out}},
		{"Differs", func(*intruder, *gatewaytest.Desk) syncproto.Frame {
			return &syncproto.Differs{Buckets: []syncproto.Bucket{syncproto.ReferenceBucket}}
		}, [5]syncproto.Code{out, out, out, "", out}},
		{"Parts", func(*intruder, *gatewaytest.Desk) syncproto.Frame {
			return &syncproto.Parts{Bucket: syncproto.ReferenceBucket}
		}, [5]syncproto.Code{out, out, out, out, out}},
		{"Fetch", func(*intruder, *gatewaytest.Desk) syncproto.Frame {
			return &syncproto.Fetch{Bucket: syncproto.ReferenceBucket, Parts: syncproto.AllParts}
		}, [5]syncproto.Code{out, out, out, "", out}},
	} {
		for n, state := range states {
			t.Run(c.name+" "+state.name, func(t *testing.T) {
				s.T = t
				i := state.in(d)
				head, frame := s.Ledger.Head().Seq, c.frame(i, d)
				i.say(frame)
				ok, code := i.outcome(state.name)
				i.notTold(t, state.name)
				for _, p := range s.payloadsAfter(t, head) { // beside what the server offers a manager by itself
					if c.ends[n] == out && p.Command.Device == d.Device {
						t.Error("an entry is in the log of a frame that cannot come")
					}
				}
				if want := c.ends[n]; code != want || ok != (want == "") {
					t.Errorf("ended with %q, want %q", code, want)
				}
				if f, is := frame.(*syncproto.Commands); is && ok { // taken: the line goes on behind it
					d.Links = append(d.Links, f.Commands[0].Link())
					for len(i.verdict) == 0 && i.hear() != nil { // it is decided when the next session begins
					}
				}
			})
		}
	}
	s.T = t
	s.unharmed(good)
}

// outcome says whether the session goes on after the frame, or why not. One that is not open
// answers no Ping: it goes on where the next step of the opening comes; and one that is open
// does not begin its opening again.
func (i *intruder) outcome(state string) (goesOn bool, code syncproto.Code) {
	i.T.Helper()
	open := state == "open" || state == "handing in"
	if open {
		i.say(&syncproto.Ping{ID: 4711})
	}
	i.until(func(f syncproto.Frame) bool {
		switch f := f.(type) {
		case *syncproto.Pong:
			goesOn = f.ID == 4711
		case *syncproto.Challenge, *syncproto.Welcome:
			if goesOn = !open; open {
				code = "it begins again"
			}
		case *syncproto.Goaway:
			code = f.Code
		}
		return goesOn || code != ""
	})
	return goesOn, code
}

// notTold: before its device has proved itself and its person logged in, a session has been
// told nothing of the log.
func (i *intruder) notTold(t *testing.T, state string) {
	t.Helper()
	if state == "open" {
		return
	}
	for _, data := range i.heard {
		f, err := syncproto.DecodeFrame(data)
		if err != nil {
			t.Fatal(err)
		}
		switch f.(type) {
		case *syncproto.Challenge, *syncproto.Welcome, *syncproto.Goaway:
			continue
		case *syncproto.Verdicts, *syncproto.Pong: // on what it handed in itself, and what the time is
			if state == "handing in" {
				continue
			}
		}
		t.Errorf("it was told %T", f)
	}
}

// A Goaway from a desk ends its session in every state; what it gives as the reason may be as
// long as a message and in no way to be shown: of that the server's log takes one short line.
func TestAFarewellWritesNoLogOfItsOwn(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.FirstBytes = syncproto.MaxMessage // what is tried here is what becomes of what was read
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	d := s.desk(s.Seat, "wang")
	forged := "\n{\"level\":\"info\",\"message\":\"device enrolled\"}\u202e\u009b2J\x1b[2K"
	for _, state := range []string{"before Hello", "open"} {
		i := s.intruder()
		if state == "open" {
			hello := helloOf(d)
			hello.Program = forged + fmt.Sprintf("%0100000d", 1)
			i.open(d, hello)
			i.until(is[*syncproto.Welcome])
		}
		i.say(&syncproto.Goaway{Code: syncproto.Code(forged), Detail: forged + fmt.Sprintf("%0100000d", 1)})
		if code := i.ends(); code != "" {
			t.Errorf("%s: answered with %q", state, code)
		}
	}
	if err := s.Close(); err != nil { // all is in the log
		t.Fatal(err)
	}
	if n := strings.Count(s.log.String(), `"session ended"`); n < 2 {
		t.Errorf("%d farewells are in the log: this shows nothing", n)
	}
	s.clean(t)
}
