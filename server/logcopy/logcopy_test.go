package logcopy_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger/ledgertest"
	"redress/server/logcopy"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// copying is a world with a copy in a directory of its own.
type copying struct {
	*ledgertest.World
	dir string
	*logcopy.Follower
}

func world(t *testing.T) *copying {
	w := &copying{World: ledgertest.New(t), dir: t.TempDir()}
	w.follow()
	return w
}

// follow begins anew, as a new process does.
func (w *copying) follow() {
	w.Follower = logcopy.Follow(w.dir, w.Store, zerolog.New(zerolog.NewTestWriter(w.T)))
	follower := w.Follower
	w.T.Cleanup(func() {
		if err := follower.Close(); err != nil {
			w.T.Error(err)
		}
	})
}

func (w *copying) step() {
	w.T.Helper()
	if err := w.Step(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	if w.Mark() != w.Ledger.Head().Seq {
		w.T.Fatalf("the mark is %d, the log ends at %d", w.Mark(), w.Ledger.Head().Seq)
	}
}

// unit adds an entry to the log.
func (w *copying) unit(name string) {
	w.T.Helper()
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: name, Kind: organisation.Region}})
}

func (w *copying) file() string { return filepath.Join(w.dir, logcopy.File) }

func (w *copying) bytes() []byte {
	w.T.Helper()
	data, err := os.ReadFile(w.file())
	if err != nil {
		w.T.Fatal(err)
	}
	return data
}

func (w *copying) put(data []byte) {
	w.T.Helper()
	if err := os.WriteFile(w.file(), data, 0o600); err != nil {
		w.T.Fatal(err)
	}
}

// holds compares the copy with the log.
func (w *copying) holds() *logcopy.Contents {
	w.T.Helper()
	var copied, kept []syncproto.Entry
	contents, err := logcopy.Read(w.dir, func(e syncproto.Entry) error {
		copied = append(copied, e)
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	err = w.Store.View(w.T.Context(), func(v *store.View) (err error) {
		kept, err = v.Entries(0, 10_000)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	if len(copied) != len(kept) || contents.Head != w.Ledger.Head() {
		w.T.Fatalf("the copy has %d entries up to %v, the log %d up to %v", len(copied), contents.Head, len(kept), w.Ledger.Head())
	}
	for i := range kept {
		if !bytes.Equal(copied[i].Header, kept[i].Header) || !bytes.Equal(copied[i].Payload, kept[i].Payload) || copied[i].Chain != kept[i].Chain {
			w.T.Fatalf("entry %d is another in the copy", i+1)
		}
	}
	return contents
}

func TestTheCopyHoldsWhatTheLogHolds(t *testing.T) {
	w := world(t)
	w.step()
	w.unit("华南区")
	w.step()
	w.follow() // a new process goes on where the last one was
	w.unit("华北区")
	w.step()
	contents := w.holds()
	id, err := w.Store.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := contents.Identity
	if got.LogID != id.LogID || got.Epoch != id.Epoch || !got.ServerKey.Equal(id.ServerKey) || got.OperatorDevice != id.OperatorDevice || !got.OperatorKey.Equal(id.OperatorKey) {
		t.Errorf("the copy is of %+v, the log %+v", got, id)
	}
	if info, err := os.Stat(w.file()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v (%v); it holds the server's key", info.Mode(), err)
	}
}

// TestCredentialsAreCopied, changed and taken away: a restored server lets in whom this one
// would.
func TestCredentialsAreCopied(t *testing.T) {
	w := world(t)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	code, old, token := syncproto.HashOf([]byte("code")), syncproto.HashOf([]byte("old")), syncproto.HashOf([]byte("token"))
	must(w.Store.SetPassword(ctx, w.Seat, "first"))
	must(w.Store.AddEnrolment(ctx, store.Enrolment{Code: code, Person: w.Seat, Operator: "周敏", Expires: 9}))
	must(w.Store.AddToken(ctx, store.Token{Token: old, Person: w.Seat, Device: w.East, Expires: 5}, 1))
	w.step()
	must(w.Store.SetPassword(ctx, w.Seat, "second"))
	if used, err := w.Store.UseEnrolment(ctx, code, []byte("key")); err != nil || !used {
		t.Fatal(used, err)
	}
	must(w.Store.AddToken(ctx, store.Token{Token: token, Person: w.Seat, Device: w.East, Expires: 50}, 7)) // the old one is over
	w.follow()
	w.step()
	restored, err := store.Open(ctx, store.Memory)
	must(err)
	defer func() { must(restored.Close()) }()
	contents := w.holds()
	for _, c := range contents.Credentials() {
		must(restored.PutCredential(ctx, c))
	}
	if hash, err := restored.Password(ctx, w.Seat); hash != "second" {
		t.Errorf("the password is %q (%v)", hash, err)
	}
	if e, there, err := restored.Enrolment(ctx, code); !there || string(e.Key) != "key" || e.Person != w.Seat || e.Operator != "周敏" || e.Expires != 9 {
		t.Errorf("the code is %+v, %v (%v)", e, there, err)
	}
	if _, there, err := restored.Token(ctx, old); there {
		t.Errorf("a token that expired is there (%v)", err)
	}
	if k, there, err := restored.Token(ctx, token); !there || k.Device != w.East || k.Expires != 50 {
		t.Errorf("the token is %+v, %v (%v)", k, there, err)
	}
}

// TestAnUnfinishedEndIsCutOff, wherever a crash left it, and written again.
func TestAnUnfinishedEndIsCutOff(t *testing.T) {
	w := world(t)
	w.step()
	synced := len(w.bytes())
	w.unit("华南区")
	w.unit("华北区")
	w.step()
	whole := w.bytes()
	for end := synced; end < len(whole); end += 23 {
		w.put(whole[:end])
		if contents, err := logcopy.Read(w.dir, nil); err != nil || contents.Unfinished > int64(end-synced) {
			t.Fatalf("cut at %d of %d: %+v (%v)", end, len(whole), contents, err)
		}
		w.follow()
		w.step()
		w.holds()
		// A disk may have kept what comes later of the batch, and lost what comes before.
		holed := bytes.Clone(whole)
		clear(holed[synced:min(end+1, len(whole)-1)])
		w.put(holed)
		w.follow()
		w.step()
		w.holds()
	}
}

// TestDamageIsNamedAndLeftAlone: what was synced once and does not hold is no unfinished
// end. Nothing is cut off, and the server can be told to begin a new copy.
func TestDamageIsNamedAndLeftAlone(t *testing.T) {
	w := world(t)
	w.step()
	first := len(w.bytes())
	w.unit("华南区")
	w.step()
	whole := w.bytes()
	for at := 8; at < first; at += 101 {
		spoilt := bytes.Clone(whole)
		spoilt[at] ^= 0x10
		w.put(spoilt)
		w.follow()
		err := w.Step(t.Context())
		if !errors.Is(err, logcopy.ErrDamaged) || logcopy.Fatal(err) || w.Mark() != 0 || w.Trouble() == "" {
			t.Errorf("byte %d changed: %v, mark %d", at, err, w.Mark())
		}
		if !bytes.Equal(w.bytes(), spoilt) {
			t.Fatal("the file was changed")
		}
	}
	if err := os.Rename(w.file(), w.file()+".damaged"); err != nil {
		t.Fatal(err)
	}
	w.step() // the same process
	w.holds()
}

// TestACopyThatIsNotThisLogs is refused for good, and left as it is.
func TestACopyThatIsNotThisLogs(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T) *copying
		want error
	}{
		"another log's": {func(t *testing.T) *copying {
			w, other := world(t), world(t)
			id, err := other.Store.Identity(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := store.Open(t.Context(), store.Memory)
			if err != nil {
				t.Fatal(err)
			}
			defer fresh.Close()
			id.LogID = w.ID()
			if err := fresh.Initialise(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if err := logcopy.Follow(w.dir, fresh, zerolog.Nop()).Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			return w
		}, logcopy.ErrOther},
		"further than the server": {func(t *testing.T) *copying {
			w := world(t)
			back := setBack(t, w)
			w.unit("华南区")
			w.step()
			w.Store = back
			return w
		}, logcopy.ErrAhead},
		"gone another way": {func(t *testing.T) *copying {
			w := world(t)
			back := setBack(t, w)
			w.unit("华南区")
			w.step()
			w.Store = back
			w.LoadFrom(back)
			w.unit("华北区")
			w.unit("西南区")
			return w
		}, logcopy.ErrForked},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.make(t)
			before := w.bytes()
			w.follow()
			for range 2 {
				if err := w.Step(t.Context()); !errors.Is(err, c.want) || !logcopy.Fatal(err) || w.Mark() != 0 {
					t.Errorf("%v, mark %d; want %v", err, w.Mark(), c.want)
				}
			}
			if !bytes.Equal(w.bytes(), before) {
				t.Error("the copy was changed")
			}
		})
	}
}

// setBack is the world's database as it is now, for later.
func setBack(t *testing.T, w *copying) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), store.File)
	if err := store.Backup(t.Context(), w.Path, path); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestAShareThatIsGone is no reason to write elsewhere: nothing is made, and when it is back
// the copy goes on.
func TestAShareThatIsGone(t *testing.T) {
	w := world(t)
	w.step()
	away := w.dir + ".away"
	if err := os.Rename(w.dir, away); err != nil {
		t.Fatal(err)
	}
	w.follow()
	if err := w.Step(t.Context()); !errors.Is(err, os.ErrNotExist) || logcopy.Fatal(err) || w.Mark() != 0 {
		t.Errorf("%v, mark %d", err, w.Mark())
	}
	if _, err := os.Stat(w.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made (%v)", err)
	}
	if err := os.Rename(away, w.dir); err != nil {
		t.Fatal(err)
	}
	w.unit("华南区")
	w.step()
	w.holds()
	if w.Trouble() != "" {
		t.Errorf("it still says %q", w.Trouble())
	}
}

// TestACopyThatIsTakenAway from under the server that writes it: nothing that lay in it counts any more,
// somebody is told, and it is begun anew in its place.
func TestACopyThatIsTakenAway(t *testing.T) {
	for name, take := range map[string]func(w *copying) error{
		"deleted":    func(w *copying) error { return os.Remove(w.file()) },
		"moved away": func(w *copying) error { return os.Rename(w.file(), w.file()+".old") },
		"another in its place": func(w *copying) error {
			data, err := os.ReadFile(w.file())
			if err != nil {
				return err
			}
			return errors.Join(os.WriteFile(w.file()+".new", data[:len(data)/2], 0o600), os.Rename(w.file()+".new", w.file()))
		},
	} {
		for _, more := range []bool{false, true} {
			w := world(t)
			w.unit("华南区")
			w.step()
			if err := take(w); err != nil {
				t.Fatal(err)
			}
			if more {
				w.unit("华北区")
			}
			if err := w.Step(t.Context()); err == nil || logcopy.Fatal(err) || w.Mark() != 0 || w.Trouble() == "" {
				t.Errorf("%s, more %v: %v, mark %d, %q", name, more, err, w.Mark(), w.Trouble())
			}
			w.step()
			w.holds()
		}
	}
}

// TestTwoProgramsOnOneCopy: the second that writes is told, and what it wrote over is not
// taken for the copy.
func TestTwoProgramsOnOneCopy(t *testing.T) {
	w := world(t)
	w.step()
	other := logcopy.Follow(w.dir, w.Store, zerolog.Nop())
	defer other.Close()
	w.unit("华南区")
	if err := other.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.unit("华北区")
	before := w.Mark()
	if err := w.Step(context.Background()); err == nil || w.Mark() != before {
		t.Errorf("both write: %v, mark %d", err, w.Mark())
	}
}
