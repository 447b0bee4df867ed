package store

import (
	"sort"

	"redress/syncproto"
)

// EpochEnds are the last positions of the log's epochs, oldest first. Epochs only rise along
// the log, so that each is found by halving.
func (v *View) EpochEnds() (syncproto.Covered, error) {
	head, err := v.Head()
	if err != nil || head.Seq == 0 {
		return nil, err
	}
	var ends syncproto.Covered
	for epoch, end := head.Epoch, head.Seq; end > 0; {
		ends = append(syncproto.Covered{{Epoch: epoch, Seq: end}}, ends...)
		end, err = v.lastBefore(end, func(h syncproto.Header) bool { return h.Epoch < epoch })
		if err != nil || end == 0 {
			return ends, err
		}
		h, err := v.header(end)
		if err != nil {
			return ends, err
		}
		epoch = h.Epoch
	}
	return ends, nil
}

// LastBefore is the last entry of before the time; 0 where there is none.
func (v *View) LastBefore(at syncproto.Instant) (uint64, error) {
	head, err := v.Head()
	if err != nil {
		return 0, err
	}
	return v.lastBefore(head.Seq, func(h syncproto.Header) bool { return h.Time < at })
}

// lastBefore is the last entry up to end of which early is true: it is so of all before.
func (v *View) lastBefore(end uint64, early func(syncproto.Header) bool) (uint64, error) {
	var failed error
	n := sort.Search(int(end), func(i int) bool {
		h, err := v.header(uint64(i) + 1)
		if err != nil {
			failed = err
		}
		return !early(h)
	})
	return uint64(n), failed
}

func (v *View) header(seq uint64) (syncproto.Header, error) {
	var h syncproto.Header
	e, _, err := v.Entry(seq)
	if err == nil {
		err = syncproto.Decode(e.Header, &h)
	}
	return h, err
}

// RecentSince is the position after which entries lie within a span before the entry at end, or before now
// where the log is ahead of that since a clock was wrong.
func (v *View) RecentSince(end uint64, now syncproto.Instant, span syncproto.Span) (uint64, error) {
	if end == 0 {
		return 0, nil
	}
	last, err := v.header(end)
	if err != nil {
		return 0, err
	}
	return v.lastBefore(end, func(h syncproto.Header) bool { return h.Time < min(last.Time, now).Add(-span) })
}
