package ledger

import (
	"cmp"
	"slices"

	"redress/server/store"
	"redress/syncproto"
)

// behind is what parked commands wait in one line for: later commands of the device about
// the same subject.
type behind struct {
	device  syncproto.ID
	subject syncproto.Ref
}

// parking is which commands wait and for what, each list in the order of parking, and for
// which documents none may wait any more. It is small and lies in memory; after a batch
// that failed it is read from the store again.
type parking struct {
	bySubject map[behind][]store.Parked
	byDoc     map[syncproto.Ref][]store.Parked
	refused   map[syncproto.Ref]uint64 // by which entry
}

func parkingOf(all []store.Parked, refusals []store.Refusal) *parking {
	p := &parking{bySubject: map[behind][]store.Parked{}, byDoc: map[syncproto.Ref][]store.Parked{}, refused: map[syncproto.Ref]uint64{}}
	for _, one := range refusals {
		p.refused[one.Ref] = one.Seq
	}
	for _, one := range all {
		p.put(one)
	}
	return p
}

// put parks a command, or changes why it waits.
func (p *parking) put(one store.Parked) {
	p.remove(one.Command, one.Device, one.Subject)
	line := behind{one.Device, one.Subject}
	p.bySubject[line] = inOrder(p.bySubject[line], one)
	if !one.Doc.IsZero() {
		p.byDoc[one.Doc] = inOrder(p.byDoc[one.Doc], one)
	}
}

// remove lets a command wait no longer.
func (p *parking) remove(command, device syncproto.ID, subject syncproto.Ref) {
	line := behind{device, subject}
	for _, one := range p.bySubject[line] {
		if one.Command == command {
			drop(p.bySubject, line, command)
			drop(p.byDoc, one.Doc, command)
			return
		}
	}
}

func inOrder(list []store.Parked, one store.Parked) []store.Parked {
	at, _ := slices.BinarySearchFunc(list, one.Seq, func(p store.Parked, seq uint64) int { return cmp.Compare(p.Seq, seq) })
	return slices.Insert(list, at, one)
}

func drop[K comparable](lists map[K][]store.Parked, key K, command syncproto.ID) {
	left := slices.DeleteFunc(lists[key], func(p store.Parked) bool { return p.Command == command })
	if len(left) == 0 {
		delete(lists, key)
		return
	}
	lists[key] = left
}

// blocks says that a command of the device about the subject has to wait behind others. What makes
// the very document that these wait for does not: of a device whose disk was copied, the copy that
// made it may hand in after the other (after a restore to an older state), and both would wait for
// ever.
func (p *parking) blocks(device syncproto.ID, subject syncproto.Ref, makes bool) bool {
	line := p.bySubject[behind{device, subject}]
	return !subject.IsZero() && len(line) > 0 && (!makes || line[0].Doc != subject)
}

// line are the commands of the device that wait about the subject.
func (p *parking) line(device syncproto.ID, subject syncproto.Ref) []store.Parked {
	if subject.IsZero() {
		return nil
	}
	return slices.Clone(p.bySubject[behind{device, subject}])
}

// has says that the command still waits.
func (p *parking) has(command, device syncproto.ID, subject syncproto.Ref) bool {
	return slices.ContainsFunc(p.bySubject[behind{device, subject}], func(one store.Parked) bool { return one.Command == command })
}

// waitingFor are the commands that wait for the document.
func (p *parking) waitingFor(doc syncproto.Ref) []store.Parked { return slices.Clone(p.byDoc[doc]) }

// all are the parked commands in the order of parking.
func (p *parking) all() []store.Parked {
	var all []store.Parked
	for _, line := range p.bySubject {
		all = append(all, line...)
	}
	slices.SortFunc(all, func(a, b store.Parked) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}
