package redress_test

import (
	"context"
	"crypto/ed25519"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/desktop/present"
	"redress/desktop/syncclient"
	"redress/desktop/workplace"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/rules"
)

// watch is headquarters' window without its face, at a real server behind a real port, and
// a manager's desk there.
type watch struct {
	*ledgertest.World
	served  *gatewaytest.Served
	hq      *workplace.Workplace
	manager *gatewaytest.Desk
}

func wallClock() syncproto.Instant { return syncproto.InstantOf(time.Now()) }

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{World: ledgertest.New(t)}
	w.served = gatewaytest.Serve(w.Store, w.Ledger, w.ID, wallClock, zerolog.Nop())
	t.Cleanup(func() { w.must(w.served.Close()) })
	words, err := present.LoadWords("zh")
	w.must(err)
	boot := w.ID()
	machine, err := workplace.Open(t.TempDir(), workplace.World{
		World: syncclient.World{
			Read: func() syncproto.Reading {
				return syncproto.Reading{Wall: wallClock(), Boot: boot, Ticks: syncproto.Span(wallClock())}
			},
			NewID: w.ID, Jitter: func() float64 { return 0 }, Program: "redress test", Log: zerolog.Nop(),
		},
		NewKey: func() (ed25519.PrivateKey, error) {
			return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), nil
		},
		Random: func(n int) ([]byte, error) { return make([]byte, n), nil }, Machine: "总部一号机", Words: words,
	})
	w.must(err)
	t.Cleanup(func() { w.must(machine.Close()) })
	code, _, err := w.served.Access.IssueCode(t.Context(), wallClock(), w.Administrator, "周敏")
	w.must(err)
	w.must(w.served.Access.SetPassword(t.Context(), w.Administrator, gatewaytest.Password))
	w.hq, err = machine.Enrol(t.Context(), workplace.Newcomer{Server: w.served.URL, Login: "zhou", Code: code, Password: gatewaytest.Password})
	w.must(err)
	w.manager, err = w.served.Admitted(t.Context(), w.Manager, "li")
	w.must(err)
	return w
}

func (w *watch) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// sees asks the server until headquarters' page shows the manager's device as the test wants
// it, and returns it as it stands there.
func (w *watch) sees(what string, fits func(present.Device) bool) present.Device {
	w.T.Helper()
	limit, stop := context.WithTimeout(w.T.Context(), 20*time.Second)
	defer stop()
	patience := time.NewTicker(100 * time.Millisecond) // who asks without a pause is slowed down
	defer patience.Stop()
	var last present.Devices
	for {
		v, err := w.hq.Devices(w.T.Context(), w.hq.Read(), w.hq.Roll(), w.manager.Device)
		w.must(err)
		if last = v; v.Picked != nil && !v.Stale && fits(*v.Picked) {
			return *v.Picked
		}
		if !w.hq.Roll().Asking {
			w.hq.CallRoll()
		}
		select {
		case <-patience.C:
		case <-limit.Done():
			seen := last.Lines()
			if last.Picked != nil {
				seen = last.Picked.Lines()
			}
			w.T.Fatalf("headquarters never sees %s; it sees\n%s", what, strings.Join(seen, "\n"))
		}
	}
}

// offered says that the desk knows who is who and has been offered an amount and a right of the
// running month. Late in a month the next one is offered too.
func (w *watch) offered() bool {
	kinds := map[syncproto.GrantKind]bool{}
	for _, g := range w.manager.Grants {
		if g.Month == syncproto.MonthOf(wallClock()) {
			kinds[g.Kind] = true
		}
	}
	return w.manager.Current && len(kinds) == 2
}

func (w *watch) play(done func() bool) {
	w.T.Helper()
	w.must(w.manager.Play(done))
}

func (w *watch) tap(kind syncproto.CommandKind, command any, shares ...syncproto.Share) syncproto.ID {
	w.T.Helper()
	id, err := w.manager.Tap(kind, command, shares...)
	w.must(err)
	return id
}

// account is the running month as the manager's desk was last told of it.
func (w *watch) account() authority.Body {
	w.T.Helper()
	doc, there := w.manager.Documents[authority.Ref(w.Manager, syncproto.MonthOf(wallClock()))]
	if !there {
		return authority.Body{}
	}
	body, err := rules.ReadBody(syncproto.KindAccount, doc.Body())
	w.must(err)
	return body.(authority.Body)
}

// Headquarters watches a manager's laptop: it connects, takes its month, gives it back, is
// cut off, works offline, comes back with two commands, and is cut off before they arrive.
func TestHeadquartersWatchesADesk(t *testing.T) {
	w := newWatch(t)
	w.sees("that it never connected", func(d present.Device) bool {
		return d.Row.State == present.DeviceNever && d.Row.Lead == "没有连接过" && len(d.Holds) == 0
	})

	w.must(w.manager.Dial(t.Context()))
	w.play(w.offered)
	w.sees("that it is connected, with its month on the way", func(d present.Device) bool {
		return d.Row.State == present.DeviceHere && d.Row.Lead == "已连接" && strings.HasPrefix(d.Row.Holds, "¥6,000.00") && strings.Contains(d.Holds[0].Text, "待领取")
	})
	var last syncproto.ID
	for _, g := range w.manager.Grants {
		last = w.tap(syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: g.Month, Manager: g.Manager})
	}
	w.play(func() bool { return w.manager.Verdicts[last].Outcome != 0 })
	w.sees("that it holds its month and the right", func(d present.Device) bool {
		return strings.HasPrefix(d.Row.Holds, "¥6,000.00") && len(d.Holds) >= 2 && !strings.Contains(d.Holds[0].Text, "待领取") && strings.Contains(d.Holds[1].Text, "包修单审批权限")
	})

	w.Now = wallClock()
	month := syncproto.MonthOf(w.Now)
	w.Own(syncproto.CommandSetLimit, authority.SetLimit{Manager: w.Manager, Month: month, Limit: 0, Reason: "休假"})
	w.play(func() bool { return len(authority.AskedOf(w.account(), w.manager.Incarnation)) > 0 })
	given := authority.AskedOf(w.account(), w.manager.Incarnation)
	last = w.tap(syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: w.Manager, Month: month, Given: given}, given...)
	w.play(func() bool { return w.manager.Verdicts[last].Outcome != 0 })
	w.sees("that what it gave back is gone", func(d present.Device) bool {
		return !strings.HasPrefix(d.Row.Holds, "¥") && !d.Holds[0].Money && d.Waiting != "" && d.Row.Waiting == ""
	})

	w.must(w.manager.Hang())
	w.sees("that it was cut off", func(d present.Device) bool {
		return d.Row.State == present.DeviceAway && strings.HasPrefix(d.Row.Lead, "断开") && strings.HasPrefix(d.Row.Seen, "最后联系") && d.Row.Waiting == ""
	})
	for n := range 2 {
		w.tap(syncproto.CommandOpen, w.Open(w.ID(), w.East, w.manager.DeviceCode+"-0000"+string(rune('1'+n))))
	}
	outbox, welcomes := w.manager.Outbox, len(w.manager.Welcomes)
	w.manager.Outbox = nil // it does not get to sending them
	w.must(w.manager.Dial(t.Context()))
	w.play(func() bool { return len(w.manager.Welcomes) > welcomes })
	w.sees("that two commands wait", func(d present.Device) bool {
		return d.Row.State == present.DeviceHere && d.Row.Waiting == "2 项未送达"
	})
	w.must(w.manager.Hang())
	w.sees("that it was cut off before they arrived", func(d present.Device) bool {
		return d.Row.State == present.DeviceAway && d.Row.Waiting == "2 项未送达" && d.Row.Urgency == present.Warning
	})
	w.manager.Outbox = outbox
	w.must(w.manager.Dial(t.Context()))
	w.play(func() bool { return len(w.manager.Verdicts) == len(outbox) })
	w.sees("that they arrived", func(d present.Device) bool { return d.Row.State == present.DeviceHere && d.Row.Waiting == "" })
	w.Verify()
}

// TestThePagesCommandsStandInTheOperatorsPage: what the page of devices has the operator type
// is what server/OPERATING.md describes, but for the names.
func TestThePagesCommandsStandInTheOperatorsPage(t *testing.T) {
	w := newWatch(t)
	w.must(w.manager.Dial(t.Context()))
	w.play(w.offered)
	w.must(w.manager.Hang())
	operating, err := os.ReadFile("server/OPERATING.md")
	w.must(err)
	device := w.sees("that it was cut off with its month", func(d present.Device) bool {
		return d.Row.State == present.DeviceAway && d.Row.Holds != ""
	})
	commands := 0
	for _, step := range device.Next {
		if step.Command == "" {
			continue
		}
		commands++
		words := strings.Fields(step.Command)
		words[2] = "LOGIN"
		for n := range words[:len(words)-1] {
			switch words[n] {
			case "--device":
				words[n+1] = "K7MQ"
			case "--month":
				words[n+1] = "2026-11"
			case "--reason":
				words[n+1] = "TEXT"
			}
		}
		if form := strings.Join(words, " "); !strings.Contains(string(operating), "`"+form+"`") {
			t.Errorf("server/OPERATING.md does not have `%s`", form)
		}
	}
	if commands < 3 {
		t.Errorf("only %d commands: %+v", commands, device.Next)
	}
}
