package ledger

import (
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// foresee reads together what the commands of a batch are about, what the server's own need
// besides once that is known, and what was decided before under the ids of the others: one
// query for many costs a third of one for each. It decides nothing: what it does not foresee
// is read when it is wanted.
func (b *batch) foresee(submissions []Submission) error {
	var subjects, more []syncproto.Ref
	var ids []syncproto.ID
	for _, s := range submissions {
		intent := s.intent
		switch {
		case s.read != nil && s.read.err == nil:
			intent = s.read.intent
		case s.Source != FromServer && syncproto.Decode(s.Command.Intent, &intent) != nil:
			continue // whoever opens it says what is wrong
		}
		if !intent.Subject.IsZero() {
			subjects = append(subjects, intent.Subject)
		}
		if s.Source != FromServer {
			ids = append(ids, intent.ID)
		}
	}
	if err := b.readTogether(subjects); err != nil {
		return err
	}
	for _, s := range submissions {
		if !s.intent.Subject.IsZero() {
			more = append(more, b.wants(s.intent)...)
		}
	}
	if err := b.readTogether(more); err != nil {
		return err
	}
	for _, id := range ids {
		b.foreknown[id] = nil
	}
	return b.view.Commands(ids, func(c store.Command) { b.foreknown[c.ID] = &c })
}

// wants is what a command needs besides its subject. Nothing where a rule or a body fails:
// that comes out when the command is decided, and is its own outcome then.
func (b *batch) wants(intent syncproto.Intent) (more []syncproto.Ref) {
	defer func() {
		if recover() != nil {
			more = nil
		}
	}()
	command, err := rules.Read(intent)
	if err != nil {
		return nil
	}
	subject, err := b.document(intent.Subject)
	if err != nil {
		return nil
	}
	in := decision.Input{Intent: intent, Command: command, Now: b.now, Docs: decision.Docs{intent.Subject: subject.doc}}
	return rules.Needs(in, b.refs.newest)
}

// readTogether reads those of the documents that have to be read from the store.
func (b *batch) readTogether(refs []syncproto.Ref) error {
	byKind := map[syncproto.DocKind][]syncproto.ID{}
	for _, ref := range refs {
		_, loaded := b.documents[ref]
		_, kept := b.kept(ref)
		if _, asked := b.foreseen[ref]; !loaded && !kept && !asked {
			byKind[ref.Kind] = append(byKind[ref.Kind], ref.ID)
			b.foreseen[ref] = nil
		}
	}
	for kind, ids := range byKind {
		err := b.view.Documents(kind, ids, func(d store.Document) error {
			b.foreseen[d.Ref] = &d
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
