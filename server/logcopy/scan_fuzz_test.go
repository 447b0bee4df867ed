package logcopy

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// What a restore stands on is read from a file that lay on another disk for years. Whatever
// stands in it, what is read of it is what was written, from its beginning, or it is said to be
// none.

// realCopy is a log with credentials, and the copy of it that its follower wrote in several
// batches.
func realCopy(f *testing.F) (*store.Store, []byte) {
	f.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, store.Memory)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	must := func(err error) {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
	}
	ids := uint64(0)
	id := func() syncproto.ID { ids++; return syncproto.Derive("of a copy", syncproto.NumberedID(ids)) }
	must(s.Initialise(ctx, store.Identity{LogID: id(), Epoch: 1, ServerKey: keyOf("server"), OperatorDevice: id(), OperatorKey: publicOf(keyOf("operator"))}))
	l, err := ledger.Open(ctx, s, id, zerolog.Nop())
	must(err)
	now := syncproto.Instant(1_795_395_600_000_000)
	own := func(kind syncproto.CommandKind, command any) {
		intent, err := rules.Write(kind, command)
		must(err)
		intent.Operator = "周敏"
		now = now.Add(syncproto.Second)
		results, err := l.Commit(ctx, now, []ledger.Submission{l.Own(intent, now)})
		must(err)
		if results[0].Verdict.Outcome != syncproto.Accepted {
			f.Fatal(results[0])
		}
	}
	folder := f.TempDir()
	follower := Follow(folder, s, zerolog.Nop())
	own(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)})
	must(follower.Step(ctx))
	person, code, token := id(), syncproto.HashOf([]byte("code")), syncproto.HashOf([]byte("token"))
	must(s.SetPassword(ctx, person, "first"))
	must(s.AddEnrolment(ctx, store.Enrolment{Code: code, Person: person, Operator: "周敏", Expires: 9}))
	must(s.AddToken(ctx, store.Token{Token: token, Person: person, Device: id(), Expires: 50}, 1))
	own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id(), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}})
	own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id(), Unit: organisation.Unit{Name: "华北区", Kind: organisation.Region}})
	must(follower.Step(ctx))
	must(s.SetPassword(ctx, person, "second"))
	must(s.ForgetTokens(ctx, person))
	own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id(), Unit: organisation.Unit{Name: "西南区", Kind: organisation.Region}})
	must(follower.Step(ctx))
	must(follower.Close())
	whole, err := os.ReadFile(filepath.Join(folder, File))
	must(err)
	return s, whole
}

// reading is what was read of a copy, and the error.
type reading struct {
	contents *Contents
	entries  []syncproto.Entry
	err      error
}

// read reads a file of these bytes.
func read(t testing.TB, folder string, data []byte) (r reading) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, File), data, 0o600); err != nil {
		t.Fatal(err)
	}
	r.contents, r.err = Read(folder, func(e syncproto.Entry) error {
		r.entries = append(r.entries, e)
		return nil
	})
	if r.err != nil && !errors.Is(r.err, ErrDamaged) && !errors.Is(r.err, ErrNone) && !errors.Is(r.err, &syncproto.Problem{Code: syncproto.CodeUpgrade}) {
		t.Fatalf("%v says neither that it is damaged nor that it is none", r.err)
	}
	if errors.Is(r.err, ErrDamaged) && r.contents.Identity.LogID.IsZero() {
		t.Fatalf("what is not damaged says nothing, and can be restored: %v", r.err)
	}
	if r.contents == nil || uint64(len(r.entries)) != r.contents.Head.Seq || r.contents.Length > int64(len(data)) {
		t.Fatalf("%d entries of %d bytes: %+v (%v)", len(r.entries), len(data), r.contents, r.err)
	}
	return r
}

// said is all that a restore would have of it, as bytes.
func (r reading) said() []byte {
	id := r.contents.Identity
	all := struct {
		LogID       syncproto.ID
		Epoch       uint32
		Key         []byte
		Device      syncproto.ID
		Operator    []byte
		Head        store.Head
		Last        syncproto.Instant
		Entries     []syncproto.Entry
		Credentials map[string]credential
	}{id.LogID, id.Epoch, id.ServerKey, id.OperatorDevice, id.OperatorKey, r.contents.Head, r.contents.Last, r.entries, map[string]credential{}}
	for name, one := range r.contents.credentials {
		all.Credentials[string(syncproto.MustEncode([]byte(name)))] = one
	}
	return syncproto.MustEncode(all)
}

// FuzzDamagedCopy: a copy that was cut off, in which a byte is another and a piece is gone, is
// read up to there and no further, never as something that was not written. Its follower says so
// and leaves it to the byte, or writes again what is missing.
func FuzzDamagedCopy(f *testing.F) {
	s, whole := realCopy(f)
	folder := f.TempDir()
	written := read(f, folder, whole)
	if written.err != nil || len(written.entries) != 4 || len(written.contents.credentials) != 2 {
		f.Fatalf("%+v", written)
	}
	end := uint32(len(whole))
	last := lastBatch(whole) // what comes before it was synced
	for _, at := range []uint32{0, 4, 8, 100, end / 3, end / 2, end - 60, end - 1} {
		f.Add(end, at, byte(0x10), uint32(0), uint16(0))    // a bit of a sector
		f.Add(at, uint32(0), byte(0), uint32(0), uint16(0)) // an end that is missing
		f.Add(end, uint32(0), byte(0), at, uint16(512))     // a sector that was never written
		f.Add(end-1, at/2, byte(1), at, uint16(40))
	}
	f.Fuzz(func(t *testing.T, cut, at uint32, flip byte, hole uint32, gone uint16) {
		spoilt := bytes.Clone(whole[:cut%(end+1)])
		if size := uint32(len(spoilt)); size > 0 {
			spoilt[at%size] ^= flip
			hole %= size
			clear(spoilt[hole:min(hole+uint32(gone), size)])
		}
		r := read(t, folder, spoilt)
		held := r.contents.Length
		if !bytes.Equal(spoilt[:held], whole[:held]) {
			t.Fatalf("%d bytes are read, which are not those that were written (%v)", held, r.err)
		}
		for i, e := range r.entries {
			if e.Chain != written.entries[i].Chain || !bytes.Equal(e.Header, written.entries[i].Header) || !bytes.Equal(e.Payload, written.entries[i].Payload) {
				t.Fatalf("entry %d is another", i+1)
			}
		}
		if begun := last + frame; len(spoilt) > begun+maxBatchRecord && held < int64(last) && r.err == nil && bytes.Equal(spoilt[last:begun+maxBatchRecord], whole[last:begun+maxBatchRecord]) {
			t.Errorf("damage at %d, before the last sync at %d, is taken for an end that a crash left", held, last)
		}
		if r.err == nil {
			if r.contents.Unfinished != int64(len(spoilt))-held {
				t.Errorf("of %d bytes %d hold, and %d do not", len(spoilt), held, r.contents.Unfinished)
			}
			if again := read(t, folder, whole[:held]); again.err != nil || !bytes.Equal(again.said(), r.said()) {
				t.Error("what is behind the records that hold says something")
			}
			read(t, folder, spoilt)
		}
		follower := Follow(folder, s, zerolog.Nop())
		err := follower.Step(context.Background())
		if err := follower.Close(); err != nil {
			t.Fatal(err)
		}
		after, unread := os.ReadFile(filepath.Join(folder, File))
		switch {
		case unread != nil:
			t.Fatal(unread)
		case errors.Is(err, ErrDamaged) && r.err != nil:
			if !bytes.Equal(after, spoilt) || follower.Mark() != 0 {
				t.Errorf("it is damaged, and was written to; mark %d", follower.Mark())
			}
		case err != nil || errors.Is(r.err, ErrDamaged):
			t.Errorf("read: %v; followed: %v", r.err, err)
		case !bytes.Equal(after[:held], whole[:held]):
			t.Error("what held was not left as it was")
		default:
			if again := read(t, folder, after); again.err != nil || again.contents.Unfinished != 0 || !bytes.Equal(again.said(), written.said()) {
				t.Errorf("after it was written again: %+v (%v)", again.contents, again.err)
			}
		}
	})
}

// lastBatch is where the last batch of a copy begins.
func lastBatch(whole []byte) (at int) {
	for end := 0; ; {
		body, size := framed(whole[end:])
		var r record
		if size == 0 || syncproto.Decode(body, &r) != nil {
			return at
		}
		if r.Batch != nil {
			at = end
		}
		end += size
	}
}

// sealed is data with the right checksum at every record, so that what stands in them is reached.
func sealed(data []byte) []byte {
	data = bytes.Clone(data)
	for rest := data; len(rest) > frame; {
		length := int(binary.BigEndian.Uint32(rest))
		if length == 0 || length > len(rest)-frame {
			break
		}
		binary.BigEndian.PutUint32(rest[4:], crc32.Checksum(rest[frame:frame+length], castagnoli))
		rest = rest[frame+length:]
	}
	return data
}

// forged is data with every record in its place and every entry in one chain, as whoever can write
// the file could make it.
func forged(data []byte) (made []byte) {
	var chain syncproto.Hash
	for {
		body, size := framed(data)
		var r record
		if size == 0 || syncproto.Decode(body, &r) != nil {
			return append(made, data...)
		}
		data = data[size:]
		if r.Batch != nil {
			r.Batch.At = int64(len(made))
		}
		var header syncproto.Header
		if r.Entry != nil && syncproto.Decode(r.Entry.Header, &header) == nil {
			header.Payload = syncproto.HashOf(r.Entry.Payload)
			r.Entry.Header, r.Entry.Seq, r.Entry.Epoch = syncproto.MustEncode(header), header.Seq, header.Epoch
			r.Entry.Chain = syncproto.ChainOf(chain, r.Entry.Header, header.Payload)
			chain = r.Entry.Chain
		}
		made = appendRecord(made, r)
	}
}

// memoryFor is the most that reading a copy of so many bytes may take: what is read at once, one
// record that is claimed, and what the others say.
func memoryFor(file int) uint64 { return 2*readAhead + maxRecord + 64<<10 + 64*uint64(file) }

// FuzzCopy: of whatever bytes, also with right checksums and in one chain, what is read is one log
// from its first entry, of whom it says that it is, and what is written again of it is read as the
// same.
func FuzzCopy(f *testing.F) {
	_, whole := realCopy(f)
	for at := range 16 { // a byte that is another, under a checksum that is right
		changed := bytes.Clone(whole)
		changed[(at*2+1)*len(whole)/32] ^= 1
		f.Add(changed, uint8(1))
	}
	for mend := range uint8(3) {
		f.Add(whole, mend)
		f.Add(whole[:len(whole)-9], mend)
		f.Add(whole[:len(whole)/2], mend)
		f.Add(append(bytes.Clone(whole), whole...), mend)
		for _, data := range oddCopies() {
			f.Add(data, mend)
		}
	}
	for _, data := range [][]byte{{}, {0}, make([]byte, 64), bytes.Repeat([]byte{0xff}, 64), {0, 0, 0, 1, 0, 0, 0, 0, 0xa0}, {0, 0x10, 0, 0, 0, 0, 0, 0}} {
		f.Add(data, uint8(0))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte, mend uint8) {
		if mend%3 > 0 {
			data = sealed(data)
		}
		if mend%3 > 1 {
			data = forged(data)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := read(t, folder, data)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > memoryFor(len(data)) {
			t.Errorf("reading %d bytes took %d, more than %d", len(data), took, memoryFor(len(data)))
		}
		oneLog(t, r)
		if r.contents.Identity.LogID.IsZero() {
			if r.err == nil || len(r.entries) > 0 {
				t.Fatalf("nobody's log has %d entries (%v)", len(r.entries), r.err)
			}
			return
		}
		if part := read(t, folder, data[:r.contents.Length]); part.err != nil || !bytes.Equal(part.said(), r.said()) {
			t.Fatalf("alone, the records that hold say something else (%v)", part.err)
		}
		if again := read(t, folder, r.written()); again.err != nil || again.contents.Unfinished != 0 || !bytes.Equal(again.said(), r.said()) {
			t.Fatalf("written again it says something else: %+v and %+v (%v)", r.contents, again.contents, again.err)
		}
	})
}

// oneLog follows the entries from the first.
func oneLog(t *testing.T, r reading) {
	t.Helper()
	id, last := r.contents.Identity, store.Head{}
	for i, e := range r.entries {
		var h syncproto.Header
		err := syncproto.Decode(e.Header, &h)
		if err != nil || h.LogID != id.LogID || h.Seq != uint64(i)+1 || h.Epoch < last.Epoch || h.Epoch > id.Epoch || h.Format > syncproto.EntryFormat ||
			h.Payload != syncproto.HashOf(e.Payload) || e.Chain != syncproto.ChainOf(last.Chain, e.Header, h.Payload) {
			t.Fatalf("entry %d of %+v does not follow: %+v (%v)", i+1, id, h, err)
		}
		last = store.Head{Epoch: h.Epoch, Seq: h.Seq, Chain: e.Chain}
	}
	if last != r.contents.Head {
		t.Fatalf("it ends at %+v, and is said to end at %+v", last, r.contents.Head)
	}
	if len(id.OperatorKey) != 0 && len(id.OperatorKey) != 32 || !id.LogID.IsZero() && len(id.OperatorKey) == 0 {
		t.Fatalf("the operator's key is %d bytes", len(id.OperatorKey))
	}
}

// written is a new copy of what was read.
func (r reading) written() []byte {
	data := appendRecord(nil, record{Batch: &batch{}})
	id := r.contents.Identity
	data = appendRecord(data, record{Identity: &identity{LogID: id.LogID, Epoch: id.Epoch, ServerSeed: id.ServerKey.Seed(), OperatorDevice: id.OperatorDevice, OperatorKey: id.OperatorKey}})
	for _, e := range r.entries {
		var h syncproto.Header
		if syncproto.Decode(e.Header, &h) == nil {
			data = appendRecord(data, record{Entry: &entry{Seq: h.Seq, Epoch: h.Epoch, Header: e.Header, Payload: e.Payload, Chain: e.Chain}})
		}
	}
	for _, row := range r.contents.Credentials() {
		one := ofRow(row)
		data = appendRecord(data, record{Credential: &one})
	}
	return data
}
