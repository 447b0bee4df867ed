package logcopy

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"redress/syncproto"
)

func keyOf(name string) ed25519.PrivateKey {
	seed := syncproto.HashOf([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey {
	public, _ := key.Public().(ed25519.PublicKey)
	return public
}

// oddCopies are what nobody writes, though every record holds: for the seeds, and for what is said
// of each.
func oddCopies() map[string][]byte {
	id := func(epoch uint32) record {
		seed := keyOf("server").Seed()
		return record{Identity: &identity{LogID: syncproto.ID{1}, Epoch: epoch, ServerSeed: seed, OperatorDevice: syncproto.ID{2}, OperatorKey: publicOf(keyOf("operator"))}}
	}
	of := func(seq uint64, epoch uint32, log syncproto.ID) record {
		header := syncproto.MustEncode(syncproto.Header{LogID: log, Epoch: epoch, Seq: seq, Time: 5, Format: syncproto.EntryFormat, Payload: syncproto.HashOf(nil)})
		return record{Entry: &entry{Seq: seq, Epoch: epoch, Header: header}}
	}
	short, both := id(1), id(1)
	short.Identity.OperatorKey = short.Identity.OperatorKey[:31]
	both.Entry = of(1, 1, syncproto.ID{1}).Entry
	begin, one := record{Batch: &batch{}}, of(1, 1, syncproto.ID{1})
	copies := map[string][]byte{}
	for name, records := range map[string][]record{
		"as it should be":                   {begin, id(1), one, of(2, 1, syncproto.ID{1})},
		"a second epoch":                    {begin, id(1), one, id(2), of(2, 2, syncproto.ID{1})},
		"an entry of nobody's log":          {begin, of(1, 1, syncproto.ID{}), id(1)},
		"an entry of an epoch that is none": {begin, id(1), of(1, 2, syncproto.ID{1})},
		"an epoch that was before":          {begin, id(2), of(1, 2, syncproto.ID{1}), id(1)},
		"an operator's key that is none":    {begin, short},
		"two things in one record":          {begin, both},
		"a record of nothing known":         {begin, id(1), {}},
	} {
		var data []byte
		for _, r := range records {
			data = appendRecord(data, r)
		}
		copies[name] = forged(data)
	}
	copies["an entry outside of the chain"] = appendRecord(appendRecord(appendRecord(nil, begin), id(1)), one)
	return copies
}

// TestACopyThatNobodyWrites has whole records and one chain, and is still no log's: it is named,
// and what stands before is handed out.
func TestACopyThatNobodyWrites(t *testing.T) {
	newer := &syncproto.Problem{Code: syncproto.CodeUpgrade}
	for name, c := range map[string]struct {
		want    error
		entries int
	}{
		"as it should be":                   {nil, 2},
		"a second epoch":                    {nil, 2},
		"an entry of nobody's log":          {ErrNone, 0},
		"an entry of an epoch that is none": {ErrDamaged, 0},
		"an epoch that was before":          {ErrDamaged, 1},
		"an entry outside of the chain":     {ErrDamaged, 0},
		"an operator's key that is none":    {ErrNone, 0},
		"two things in one record":          {ErrNone, 0},
		"a record of nothing known":         {newer, 0},
	} {
		r := read(t, t.TempDir(), oddCopies()[name])
		if !errors.Is(r.err, c.want) || len(r.entries) != c.entries {
			t.Errorf("%s: %v, %d entries; want %v, %d", name, r.err, len(r.entries), c.want, c.entries)
		}
	}
}
