package gatewaytest

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/gorilla/websocket"

	"redress/syncproto"
	"redress/syncproto/session"
)

// do carries out what the machine asks for.
func (d *Desk) do(outputs []session.ClientOutput) error {
	for _, out := range outputs {
		next, err := d.carryOut(out)
		if err != nil {
			return err
		}
		for _, in := range next {
			if err := d.do(d.machine.Step(d.Reading(), in)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) carryOut(out session.ClientOutput) ([]session.ClientInput, error) {
	switch out := out.(type) {
	case session.Send:
		data, err := syncproto.EncodeFrame(out.Frame)
		if err != nil {
			return nil, err
		}
		return nil, d.conn.WriteMessage(websocket.BinaryMessage, data)
	case session.Prove:
		return []session.ClientInput{session.Proved{Proof: d.prove(out)}}, nil
	case session.Load:
		from := min(int(out.After-d.forgotten()), len(d.Outbox))
		return []session.ClientInput{session.Loaded{Commands: d.Outbox[from:min(from+out.Limit, len(d.Outbox))]}}, nil
	case session.StoreWelcome:
		return d.welcome(out.Welcome), nil
	case session.StoreVerdicts:
		return nil, d.learn(out.Verdicts.Verdicts)
	case session.StoreDelta:
		return d.store(out.Delta)
	case session.Compare:
		return d.compare(out)
	case session.StoreGrants:
		return nil, d.take(out.Grants.Grants)
	case session.Current:
		d.Current = out.Seq > 0 // at 0 it is between two pages of its first
	case session.End:
		d.ended = &Ended{Code: out.Code, RetryAfter: out.RetryAfter}
	}
	return nil, nil
}

func (d *Desk) prove(out session.Prove) syncproto.Proof {
	at := out.Counter - d.forgotten()
	p := syncproto.Proof{Reading: d.Reading(), Behind: at >= uint64(len(d.Links))}
	if !p.Behind {
		p.Hash = d.Links[at].Hash
	}
	p.Signature = ed25519.Sign(d.Key, syncproto.ProofBytes(out.Nonce, p))
	return p
}

func (d *Desk) welcome(w *syncproto.Welcome) []session.ClientInput {
	d.Welcomes = append(d.Welcomes, w.Action)
	switch w.Action {
	case syncproto.ActionResync:
		d.Cursor, d.Epoch, d.Held, d.Documents = 0, w.Epoch, nil, map[syncproto.Ref]Kept{}
	case syncproto.ActionRekey:
		d.Rekey(w.Incarnation)
		return []session.ClientInput{session.Rekeyed{Desk: session.Desk{
			Program: "gatewaytest", LogID: d.LogID, Epoch: d.Epoch, Cursor: d.Cursor, Device: d.Device,
			Incarnation: d.Incarnation, Counter: d.Links[len(d.Links)-1].Counter, Token: d.Token, Held: d.Held, Filling: d.Filling,
		}}}
	}
	return nil
}

// Rekey gives what has no verdict yet its places in a new line.
func (d *Desk) Rekey(incarnation syncproto.ID) {
	d.Incarnation, d.Links = incarnation, []syncproto.Link{{}}
	outbox := d.Outbox
	d.Outbox = nil
	for _, e := range outbox {
		var intent syncproto.Intent
		if syncproto.Decode(e.Intent, &intent) == nil && d.Verdicts[intent.ID].Outcome != 0 {
			continue
		}
		e = syncproto.Reseal(e, incarnation, d.Links[len(d.Links)-1])
		d.Outbox, d.Links = append(d.Outbox, e), append(d.Links, e.Link())
	}
}

// learn keeps the verdicts. One that comes again must say the same.
func (d *Desk) learn(verdicts []syncproto.Verdict) error {
	for _, v := range verdicts {
		before, known := d.Verdicts[v.Command]
		if known && bytes.Equal(syncproto.MustEncode(v), syncproto.MustEncode(before)) {
			continue // it comes again with what it did
		}
		if !v.Verify(d.LogID, d.ServerKey) {
			return fmt.Errorf("the verdict on %v is not signed by the server", v.Command)
		}
		if known && before.Outcome != syncproto.Parked && (before.Seq != v.Seq || before.Outcome != v.Outcome) {
			return fmt.Errorf("the verdict on %v was %v at %d and is %v at %d", v.Command, before.Outcome, before.Seq, v.Outcome, v.Seq)
		}
		d.Verdicts[v.Command] = v
		if d.Told != nil {
			d.Told(v)
		}
	}
	return nil
}

func (d *Desk) store(delta *syncproto.Delta) ([]session.ClientInput, error) {
	if err := d.keep(delta.Documents); err != nil {
		return nil, err
	}
	for _, ref := range delta.Removed {
		delete(d.Documents, ref)
	}
	if len(delta.Held) > 0 {
		d.Held = delta.Held
	}
	if len(delta.Filling) > 0 {
		d.Filling, d.fetched = append(d.Filling, delta.Filling...), map[syncproto.Bucket]bool{}
	}
	gone := func(b syncproto.Bucket) bool { return slices.Contains(delta.Lost, b) }
	d.Held, d.Filling = slices.DeleteFunc(slices.Clone(d.Held), gone), slices.DeleteFunc(slices.Clone(d.Filling), gone)
	if len(delta.Lost) > 0 {
		d.drop()
	}
	if delta.Page != nil {
		if err := d.page(delta.Page); err != nil {
			return nil, err
		}
	}
	d.Cursor, d.Current = delta.Cursor, delta.Current && len(d.Filling) == 0
	return []session.ClientInput{session.Stored{Cursor: delta.Cursor}}, d.learn(delta.Own)
}

func (d *Desk) take(signed []syncproto.SignedGrant) error {
	for _, s := range signed {
		g, err := s.Open(d.ServerKey)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(d.Grants, func(known syncproto.Grant) bool { return known.ID == g.ID }) {
			d.Grants = append(d.Grants, g)
		}
	}
	return nil
}
