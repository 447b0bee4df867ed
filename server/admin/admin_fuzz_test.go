package admin_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/admin"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// office is a server as the command line meets it, with the key of that command line.
type office struct {
	handler   http.Handler
	store     *store.Store
	ledger    *ledger.Ledger
	now       syncproto.Instant
	confirmed int
	person    syncproto.ID
	key       ed25519.PrivateKey
	device    syncproto.ID
	last      syncproto.Link
}

func open(f *testing.F) *office {
	f.Helper()
	ctx := context.Background()
	must := func(err error) {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
	}
	s, err := store.Open(ctx, store.Memory)
	must(err)
	f.Cleanup(func() { _ = s.Close() })
	ids := uint64(0)
	id := func() syncproto.ID { ids++; return syncproto.Derive("of an office", syncproto.NumberedID(ids)) }
	seed := syncproto.HashOf([]byte("operator"))
	o := &office{store: s, now: 1_795_395_600_000_000, person: id(), device: id(), key: ed25519.NewKeyFromSeed(seed[:])}
	public, _ := o.key.Public().(ed25519.PublicKey)
	must(s.Initialise(ctx, store.Identity{LogID: id(), Epoch: 1, ServerKey: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), OperatorDevice: o.device, OperatorKey: public}))
	o.ledger, err = ledger.Open(ctx, s, id, zerolog.Nop())
	must(err)
	state := seed
	door := access.New(s, o.ledger, access.Chance{NewID: id, Fill: func(data []byte) {
		for i := range data {
			state = syncproto.HashOf(state[:])
			data[i] = state[0]
		}
	}})
	clock := func() syncproto.Instant { o.now = o.now.Add(syncproto.Second); return o.now }
	o.handler = (&admin.Office{Ledger: o.ledger, Access: door, Clock: clock, Confirm: func() { o.confirmed++ }, Log: zerolog.Nop()}).Handler()
	unit := id()
	for _, c := range []struct {
		kind    syncproto.CommandKind
		command any
	}{
		{syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)}},
		{syncproto.CommandDefineUnit, organisation.DefineUnit{ID: unit, Unit: organisation.Unit{Name: "呼叫中心", Kind: organisation.CallCentre}}},
		{syncproto.CommandDefinePerson, organisation.DefinePerson{ID: o.person, Person: organisation.Person{Name: "王", Login: "wang", Roles: []policy.Role{policy.Seat}, Units: []syncproto.ID{unit}}}},
	} {
		intent, err := rules.Write(c.kind, c.command)
		must(err)
		intent.ID, intent.Operator = id(), "周敏"
		status, answer := o.ask(admin.PathCommands, syncproto.MustEncode(admin.Commands{Commands: []syncproto.Envelope{o.sealed(intent)}}))
		var verdicts admin.Verdicts
		if must(syncproto.Decode(answer, &verdicts)); status != http.StatusOK || verdicts.Verdicts[0].Outcome != syncproto.Accepted {
			f.Fatalf("%d %+v", status, verdicts)
		}
	}
	return o
}

// ask sends bytes.
func (o *office) ask(path string, body []byte) (status int, answer []byte) {
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body)))
	return w.Code, w.Body.Bytes()
}

// sealed gives a command its place in the line of the command line.
func (o *office) sealed(intent syncproto.Intent) syncproto.Envelope {
	e := syncproto.Seal(intent, o.key, o.device, syncproto.ID{1}, o.last)
	o.last = e.Link()
	return e
}

// FuzzRequests: whatever comes over the socket is answered, in words that the command line can
// read. What is refused leaves nothing; a command that is signed is decided once, however often it
// is handed in; and nothing takes more room than it brings.
func FuzzRequests(f *testing.F) {
	paths := []string{admin.PathCommands, admin.PathCode, admin.PathPassword, admin.PathConfirm}
	o := open(f)
	intent, err := rules.Write(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: syncproto.ID{9}, Unit: organisation.Unit{Name: "华东区", Kind: organisation.Region}})
	if err != nil {
		f.Fatal(err)
	}
	intent.ID, intent.Operator = syncproto.ID{8}, "周敏"
	signed := syncproto.Seal(intent, o.key, o.device, syncproto.ID{2}, syncproto.Link{})
	for path, requests := range map[uint8][]any{
		0: {admin.Commands{}, admin.Commands{Commands: []syncproto.Envelope{signed}}, admin.Commands{Commands: []syncproto.Envelope{signed, signed, {}}}, admin.Commands{Commands: make([]syncproto.Envelope, 600)}},
		1: {admin.CodeRequest{}, admin.CodeRequest{Person: o.person, Operator: "周敏"}},
		2: {admin.PasswordRequest{}, admin.PasswordRequest{Person: o.person}, admin.PasswordRequest{Person: o.person, Password: "correct horse"}, admin.PasswordRequest{Person: o.person, Password: "short"}},
		3: {admin.Nothing{}},
	} {
		for _, request := range requests {
			f.Add(path, syncproto.MustEncode(request), false)
			f.Add((path+1)%4, syncproto.MustEncode(request), false)
		}
	}
	for _, kind := range []syncproto.CommandKind{syncproto.CommandDefineUnit, syncproto.CommandReleaseParked, syncproto.CommandRelease, 999} {
		intent.Kind = kind
		f.Add(uint8(0), syncproto.MustEncode(intent), true)
	}
	f.Add(uint8(0), []byte{0xa1, 1, 0x9a, 0, 0x10, 0, 0}, false)
	f.Add(uint8(0), []byte{}, false)
	f.Fuzz(func(t *testing.T, path uint8, body []byte, sign bool) {
		line := o.last
		var intent syncproto.Intent
		if sign && syncproto.Decode(body, &intent) == nil {
			path, body = 0, syncproto.MustEncode(admin.Commands{Commands: []syncproto.Envelope{o.sealed(intent)}})
		}
		asked := paths[path%4]
		head, version, confirmed := o.ledger.Head(), o.store.CredentialsVersion(), o.confirmed
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		status, said := o.ask(asked, body)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20+512*uint64(len(body)) { // a password takes 19 MiB
			t.Errorf("%s of %d bytes took %d", asked, len(body), took)
		}
		if status != http.StatusOK {
			o.last = line
			var refusal admin.Refusal
			if err := syncproto.Decode(said, &refusal); err != nil || refusal.Code == "" || refusal.Code == syncproto.CodeInternal || status != http.StatusConflict {
				t.Fatalf("%s: %d, %+v (%v)", asked, status, refusal, err)
			}
			if o.store.CredentialsVersion() != version || o.confirmed != confirmed || asked != admin.PathCommands && o.ledger.Head() != head {
				t.Errorf("%s was refused with %q, and something was done", asked, refusal.Code)
			}
		}
		switch asked {
		case admin.PathCommands:
			o.decidedOnce(t, body, status, said)
		case admin.PathConfirm:
			if status == http.StatusOK && o.confirmed != confirmed+1 {
				t.Error("it is said that the clock is right, and it was not")
			}
		default:
			if status == http.StatusOK && (o.store.CredentialsVersion() == version || len(said) < 9) {
				t.Errorf("%s is answered with %x, and nothing was kept", asked, said)
			}
		}
	})
}

// decidedOnce hands the same commands in again.
func (o *office) decidedOnce(t *testing.T, body []byte, status int, said []byte) {
	t.Helper()
	if status == http.StatusOK {
		var request admin.Commands
		var answer admin.Verdicts
		if syncproto.Decode(body, &request) != nil || syncproto.Decode(said, &answer) != nil || len(request.Commands) != len(answer.Verdicts) {
			t.Fatalf("%d commands have %d verdicts", len(request.Commands), len(answer.Verdicts))
		}
	}
	head := o.ledger.Head()
	if again, same := o.ask(admin.PathCommands, body); again != status || !bytes.Equal(same, said) || o.ledger.Head() != head {
		t.Errorf("handed in again: %d\n%x\nand then %d\n%x, and the log goes from %v to %v", status, said, again, same, head, o.ledger.Head())
	}
}

// TestARequestThatIsTooLarge is not read to its end, and is told what it is.
func TestARequestThatIsTooLarge(t *testing.T) {
	handler := (&admin.Office{Log: zerolog.Nop()}).Handler()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, admin.PathCommands, bytes.NewReader(make([]byte, 8<<20+1))))
	var refusal admin.Refusal
	if err := syncproto.Decode(w.Body.Bytes(), &refusal); err != nil || refusal.Code != syncproto.CodeTooLarge {
		t.Errorf("%d %+v (%v)", w.Code, refusal, err)
	}
}
