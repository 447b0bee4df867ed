package gatewaytest

import (
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/session"
)

// What a desk of a load does beside: it hears and works at once, and does not grow for hours.

// Listen reads messages until the line is gone, for Hear. Whoever listens does not Play, and takes
// all there are after Hang.
func (d *Desk) Listen() <-chan []byte {
	heard, conn := make(chan []byte, 1), d.conn
	go func() {
		defer close(heard)
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			heard <- data
		}
	}()
	return heard
}

// Ended is why the server ended the session; nil where it did not.
func (d *Desk) Ended() error {
	if d.ended == nil {
		return nil
	}
	return d.ended
}

// Pass does what the time asks for.
func (d *Desk) Pass() error { return d.do(d.machine.Step(d.Reading(), session.Elapsed{})) }

// Forget drops the beginning of the line as far as it is decided and the desk's cursor has passed
// it. A real desk keeps all of it for ever, so this one is no use any more after a restore.
func (d *Desk) Forget() error {
	done := 0
	for ; done < len(d.Outbox); done++ {
		var intent syncproto.Intent
		if err := syncproto.Decode(d.Outbox[done].Intent, &intent); err != nil {
			return fmt.Errorf("reading an own command: %w", err)
		}
		v := d.Verdicts[intent.ID]
		if v.Outcome != syncproto.Accepted && v.Outcome != syncproto.Rejected || v.Seq > d.Cursor {
			break
		}
		delete(d.Verdicts, intent.ID)
	}
	d.Outbox, d.Links = slices.Clone(d.Outbox[done:]), slices.Clone(d.Links[done:])
	return nil
}

// forgotten is how many commands of the line were dropped.
func (d *Desk) forgotten() uint64 {
	if len(d.Links) == 0 {
		return 0
	}
	return d.Links[0].Counter
}
