package ledger

import (
	"errors"
	"fmt"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// refuse remembers the document that a rejected command does not make, and returns it. The
// rejection of what would make a document decides what waits for it: nobody else ever will
// make it under this id, so what waits would wait for ever.
//
// What another device pretended, or another person's name, refuses nothing: nobody can take
// the id of another's document away.
func (b *batch) refuse(o opened, seq uint64) ([]syncproto.Ref, error) {
	doc := o.intent.Subject
	if !rules.Makes(o.intent.Kind) || o.foreign || doc.IsZero() {
		return nil, nil
	}
	d, err := b.document(doc)
	if errors.Is(err, errDefect) {
		return nil, nil // it is there, only nobody here can read it
	}
	if err != nil || d.doc.Presence != decision.Absent {
		return nil, err
	}
	d.doc.Presence = decision.Refused
	b.parked.refused[doc], b.refusals[doc] = seq, seq
	return []syncproto.Ref{doc}, nil
}

// made forgets that a document was refused: another command made it after all.
func (b *batch) made(doc syncproto.Ref) {
	delete(b.parked.refused, doc)
	b.refusals[doc] = 0
}

// recall finds the refusals of a log that was written before refusals were remembered. It
// costs as much as there are rejections, and only until there is one refusal.
func (b *batch) recall() error {
	if len(b.parked.refused) > 0 {
		return nil
	}
	rejections, err := b.view.Rejections()
	if err != nil {
		return err
	}
	for _, seq := range rejections {
		entry, err := b.entry(seq)
		if err != nil {
			return err
		}
		var payload syncproto.Payload
		if err := syncproto.Decode(entry.Payload, &payload); err != nil {
			return fmt.Errorf("reading the rejected command of entry %d: %w", seq, err)
		}
		var o opened
		if err := syncproto.Decode(payload.Command.Intent, &o.intent); err != nil {
			continue // it was rejected as malformed: nobody can say what it would have made
		}
		device, known := b.refs.newest.Device(payload.Command.Device)
		_, unsigned := payload.Command.Open(device.Key)
		o.foreign = !known || unsigned != nil || device.Person != o.intent.Person
		refused, err := b.refuse(o, seq)
		if err == nil {
			err = b.decideWaiting(refused)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
