package workplace_test

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/desktop/workplace"
	"redress/syncproto"
)

const password = "正确 horse"

// nobody is an address where no server answers.
const nobody = "http://127.0.0.1:1"

func world(t *testing.T) workplace.World {
	t.Helper()
	words, err := present.LoadWords("zh")
	if err != nil {
		t.Fatal(err)
	}
	var made atomic.Uint64
	return workplace.World{
		World: syncclient.World{
			Read: func() syncproto.Reading {
				return syncproto.Reading{Wall: centraltest.Start, Boot: syncproto.Derive("boot"), Ticks: syncproto.Hour}
			},
			NewID:  func() syncproto.ID { return syncproto.Derive("id", syncproto.NumberedID(made.Add(1))) },
			Jitter: func() float64 { return 0.5 }, Program: "test", Log: zerolog.Nop(),
		},
		NewKey: func() (ed25519.PrivateKey, error) {
			return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), nil
		},
		Random:  func(n int) ([]byte, error) { return make([]byte, n), nil },
		Machine: "test", Words: words,
	}
}

// employ makes the replica of someone who has worked here with a line before.
func employ(t *testing.T, dir, login string, person syncproto.ID) {
	t.Helper()
	employAt(t, nobody, dir, login, person)
}

// employAt is employ with a server at an address.
func employAt(t *testing.T, address, dir, login string, person syncproto.ID) {
	t.Helper()
	central := centraltest.New(t)
	folder, err := replica.OpenFolder(dir)
	must(t, err)
	seed := syncproto.HashOf([]byte(login))
	key, err := folder.DeviceKey(login, ed25519.NewKeyFromSeed(seed[:]))
	must(t, err)
	device, incarnation := syncproto.Derive("device "+login), syncproto.Derive("incarnation "+login)
	public, _ := key.Public().(ed25519.PublicKey)
	server, _ := central.Key.Public().(ed25519.PublicKey)
	central.Enrol(device, person, "K7MQ", public, incarnation)
	r, err := folder.Create(t.Context(), replica.Enrolment{Server: address, Login: login, Person: person, Device: device, DeviceCode: "K7MQ",
		Incarnation: incarnation, LogID: central.LogID, Epoch: 1, ServerKey: server, Time: central.Now}, nil)
	must(t, err)
	must(t, r.ApplyWelcome(t.Context(), syncproto.Welcome{Action: syncproto.ActionResync, LogID: central.LogID, Epoch: 1, Time: central.Now,
		Person: person, Buckets: central.Buckets(person)}))
	must(t, r.Apply(t.Context(), central.Delta(device, central.Buckets(person), nil, 0)))
	must(t, r.RememberPassword(t.Context(), password, make([]byte, replica.SaltLength)))
	must(t, errors.Join(r.Close(), folder.Close()))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *workplace.Machine {
	t.Helper()
	m, err := workplace.Open(dir, world(t))
	must(t, err)
	t.Cleanup(func() { must(t, m.Close()) })
	return m
}

func is(err error, code syncproto.Code) bool {
	return errors.Is(err, &syncproto.Problem{Code: code})
}

func TestAFolderHasOneMachine(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := workplace.Open(dir, world(t)); !is(err, replica.CodeInUse) {
		t.Errorf("a second window on the folder: %v", err)
	}
}

func TestWorkWithoutTheServer(t *testing.T) {
	dir := t.TempDir()
	employ(t, dir, "wang", centraltest.Seat)
	m := open(t, dir)
	if logins, err := m.Logins(); err != nil || len(logins) != 1 || logins[0] != "wang" {
		t.Errorf("logins %v, %v", logins, err)
	}
	for login, c := range map[string]struct {
		password string
		want     syncproto.Code
	}{"wang": {"wrong", syncproto.CodeWrongLogin}, "li": {password, replica.CodeNotEnrolled}} {
		if _, err := m.LogIn(t.Context(), login, c.password); !is(err, c.want) {
			t.Errorf("%s with %q: %v, not %s", login, c.password, err, c.want)
		}
	}
	w, err := m.LogIn(t.Context(), "wang", password)
	must(t, err)
	var told atomic.Int64
	w.Watch(func([]syncproto.Ref) { told.Add(1) })
	scene := w.Scene(w.Read())
	number, err := w.Replica.ReserveNumber(t.Context())
	must(t, err)
	before := told.Load()
	wishes, faults := scene.Open(present.NewTicket{Number: number, Name: "张伟", Phone: "13800138000", Subject: "远程车控失败", Channel: "400热线",
		Type: "投诉", Region: centraltest.East, CallCentre: centraltest.CallCentre, Promise: true}, w.NewID)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	must(t, w.Give(t.Context(), wishes))
	if told.Load() < before+1 {
		t.Error("whoever watches was not told of the commit")
	}
	w.Leave()
	after := told.Load()
	must(t, w.Give(t.Context(), wishes[1:]))
	if told.Load() != after {
		t.Error("who has left is still told")
	}
	status, err := w.Replica.Status(t.Context())
	must(t, err)
	if status.Waiting != 3 {
		t.Errorf("%d commands wait", status.Waiting)
	}
}

// A form is kept whole or not at all: where the dispatch is refused, so is the ticket, and the
// form can be put right and sent again.
func TestGiveKeepsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	employ(t, dir, "wang", centraltest.Seat)
	w, err := open(t, dir).LogIn(t.Context(), "wang", password)
	must(t, err)
	f := present.NewTicket{Number: "K7MQ-00001", Name: "张伟", Phone: "13800138000", Subject: "远程车控失败", Channel: "400热线", Type: "投诉",
		Region: centraltest.East, CallCentre: centraltest.CallCentre, Department: centraltest.East, Promise: true}
	wishes, _ := w.Scene(w.Read()).Open(f, w.NewID)
	var refusal *replica.Refusal
	if err := w.Give(t.Context(), wishes); !errors.As(err, &refusal) { // the dispatch is to a region
		t.Errorf("given: %v", err)
	}
	status, err := w.Replica.Status(t.Context())
	must(t, err)
	if status.Waiting != 0 {
		t.Errorf("%d commands were kept", status.Waiting)
	}
}

func TestADamagedFileKeepsNobodyElseOut(t *testing.T) {
	dir := t.TempDir()
	employ(t, dir, "wang", centraltest.Seat)
	employ(t, dir, "li", centraltest.Manager)
	broken := filepath.Join(dir, "li", "replica.db")
	must(t, os.WriteFile(broken, []byte("this was a database once, and long enough to be taken for one by its length alone"), 0o600))
	m := open(t, dir)
	if _, err := m.LogIn(t.Context(), "wang", password); err != nil {
		t.Errorf("beside a damaged file: %v", err)
	}
	_, err := m.LogIn(t.Context(), "li", password)
	words := world(t).Words
	if text := present.Problem(words, err); !is(err, replica.CodeDamaged) || !strings.Contains(text, filepath.Join(dir, "li")) || strings.Contains(text, "damaged") {
		t.Errorf("a damaged file reads %q: %v", text, err)
	}
	if text, err := os.ReadFile(broken); err != nil || len(text) < 50 {
		t.Errorf("the damaged file became %q, %v", text, err)
	}
}

func TestEnrolmentSaysWhatIsWrongWithTheServer(t *testing.T) {
	m := open(t, t.TempDir())
	for server, want := range map[string]syncproto.Code{
		"": syncclient.CodeBadAddress, "http://example.cn": syncclient.CodeInsecure, nobody: syncclient.CodeUnreachable,
	} {
		if _, err := m.Enrol(t.Context(), workplace.Newcomer{Server: server, Login: "wang", Code: "K", Password: "p"}); !is(err, want) {
			t.Errorf("server %q: %v, not %s", server, err, want)
		}
	}
	if logins, err := m.Logins(); err != nil || len(logins) > 0 {
		t.Errorf("after nobody enrolled there are %v, %v", logins, err)
	}
}
