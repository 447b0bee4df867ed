package simulation

import (
	"fmt"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// server is a power cut at the server, its end, and what the operator does there.
func server(w *world, a *arguments) ([]string, error) {
	switch what := a.word("start, kill, down, clock, confirm, copies, copy-away, copy-back, backs-up, restored or set-back"); what {
	case "copies", "copy-back":
		if err := w.stage.Copies(true); err != nil {
			return nil, err
		}
		return nil, w.settle()
	case "copy-away":
		return nil, w.stage.Copies(false)
	case "backs-up":
		return nil, w.stage.BackUp()
	case "restored", "set-back":
		w.killServer()
		if err := w.stage.Restore(w.now, what == "set-back"); err != nil {
			return nil, err
		}
		if err := w.startServer(); err != nil {
			return nil, err
		}
		return nil, w.settle()
	case "kill":
		w.killServer()
		return nil, nil
	case "down":
		span := a.span("for", 0)
		if span <= 0 {
			return nil, fmt.Errorf("how long it is down is missing: for=2h")
		}
		w.killServer()
		w.backAt = w.now.Add(span)
		return nil, nil
	case "start":
		if w.running {
			return nil, fmt.Errorf("the server is running")
		}
		if err := w.startServer(); err != nil {
			return nil, err
		}
		return nil, w.settle()
	case "clock":
		shows := w.now.Add(w.serverOff)
		w.serverOff = a.moment(shows).Sub(w.now)
		w.stage.SetClock(w.serverOff)
		return nil, w.settle()
	case "confirm":
		if !w.running {
			return nil, fmt.Errorf("the server is down")
		}
		w.stage.Confirm(w.now)
		return nil, w.settle()
	default:
		return nil, fmt.Errorf("a server does not know %q; VERBS.md lists the verbs", what)
	}
}

// killServer ends the server as a power cut does, and with it every line.
func (w *world) killServer() {
	w.running = false
	w.stage.Kill()
	for _, s := range w.stations {
		s.cut(w.now)
	}
}

func (w *world) startServer() error {
	w.running, w.backAt = true, 0
	return w.stage.Start(w.now)
}

// operate gives a command as the command line does. The first one founds the server.
func (w *world) operate(kind syncproto.CommandKind, command any) error {
	if !w.founded {
		w.founded = true
		if err := w.startServer(); err != nil {
			return err
		}
		if err := w.stage.Operate(w.now, syncproto.CommandIssuePolicy, policy.Issue{Policy: w.policy}); err != nil {
			return err
		}
	}
	if !w.running {
		return fmt.Errorf("the server is down")
	}
	if err := w.stage.Operate(w.now, kind, command); err != nil {
		return err
	}
	return w.settle()
}
