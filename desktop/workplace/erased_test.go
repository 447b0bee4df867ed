package workplace_test

import (
	"crypto/ed25519"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// keychain is the system's, as a test sees it.
type keychain struct {
	mu       sync.Mutex
	items    map[string]string
	deleting func(name string) // nil for nothing
}

func (k *keychain) Get(name string) (string, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	value, there := k.items[name]
	return value, there, nil
}

func (k *keychain) Set(name, value string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.items[name] = value
	return nil
}

func (k *keychain) Delete(name string) error {
	if k.deleting != nil {
		k.deleting(name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.items, name)
	return nil
}

// A revoked device gives up its key, which takes a keychain its time, and its person is at the log-in with
// the code of the next device. That one has a key of its own, and keeps it: whoever is too early is told so,
// and no code is used up.
func TestTheNextDeviceWaitsForTheGraveOfTheLast(t *testing.T) {
	central := centraltest.New(t)
	var keys []string // with which somebody enrolled
	answer := func(w http.ResponseWriter, v any) { _, _ = w.Write(syncproto.MustEncode(v)) }
	mux := http.NewServeMux()
	mux.HandleFunc(syncproto.PathNonce, func(w http.ResponseWriter, _ *http.Request) { answer(w, syncproto.NonceAnswer{Nonce: []byte("once")}) })
	mux.HandleFunc(syncproto.PathLogin, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		answer(w, syncproto.Refusal{Code: syncproto.CodeWrongLogin})
	})
	mux.HandleFunc(syncproto.PathEnrol, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		var asked syncproto.EnrolRequest
		if err := syncproto.Decode(data, &asked); err != nil {
			t.Error(err)
		}
		keys = append(keys, string(asked.Key))
		answer(w, syncproto.EnrolAnswer{Device: syncproto.Derive("device"), DeviceCode: "P2XA", Person: centraltest.Seat, LogID: central.LogID, Epoch: 1,
			ServerKey: central.Key.Public().(ed25519.PublicKey), Time: central.Now})
	})
	web := httptest.NewServer(mux)
	defer web.Close()
	dir := t.TempDir()
	employ(t, dir, "wang", centraltest.Seat)
	chain := &keychain{items: map[string]string{}}
	world := world(t)
	world.Keychain = chain
	m, err := workplace.Open(dir, world)
	must(t, err)
	w, err := m.LogIn(t.Context(), "wang", password)
	must(t, err)
	last, err := w.Replica.Erase(t.Context(), w.Replica.Desk().Counter)
	must(t, err)
	enrol := func() error {
		_, err := m.Enrol(t.Context(), workplace.Newcomer{Server: web.URL, Login: "wang", Code: "ABCDE-23456", Password: password})
		return err
	}
	early := 0
	chain.deleting = func(name string) {
		if early++; !strings.HasPrefix(name, "device") {
			t.Errorf("%s goes", name)
		}
		if err := enrol(); !is(err, syncproto.CodeAlready) {
			t.Errorf("enrolled while the key before goes: %v", err)
		}
	}
	must(t, w.Replica.Bury())
	chain.deleting = nil
	if last != 0 || early == 0 || len(keys) != 0 {
		t.Fatalf("last %d, early %d times, enrolled with %d keys", last, early, len(keys))
	}
	if err := enrol(); !is(err, syncproto.CodeWrongLogin) || len(keys) != 1 {
		t.Fatalf("enrolled %d times: %v", len(keys), err)
	}
	must(t, m.Close())
	folder, err := replica.OpenFolderWith(dir, chain)
	must(t, err)
	r, err := folder.Open(t.Context(), "wang", nil)
	must(t, err)
	if status, err := r.Status(t.Context()); err != nil || status.Doubtful {
		t.Errorf("%+v, %v", status, err)
	}
	must(t, r.Close())
	must(t, folder.Close())
}
