package access_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
)

// chance is repeatable: each fill continues a hash chain.
func chance(w *ledgertest.World) access.Chance {
	state := syncproto.HashOf([]byte("chance"))
	return access.Chance{NewID: w.ID, Fill: func(data []byte) {
		for i := range data {
			if i%len(state) == 0 {
				state = syncproto.HashOf(state[:])
			}
			data[i] = state[i%len(state)]
		}
	}}
}

type device struct {
	key ed25519.PrivateKey
	syncproto.EnrolAnswer
}

func isProblem(err error, code syncproto.Code) bool {
	return errors.Is(err, &syncproto.Problem{Code: code})
}

func enrol(t *testing.T, w *ledgertest.World, a *access.Access, code, login string) (device, error) {
	t.Helper()
	seed := w.ID()
	d := device{key: ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))}
	public, _ := d.key.Public().(ed25519.PublicKey)
	var err error
	d.EnrolAnswer, err = a.Enrol(t.Context(), w.Now, syncproto.EnrolRequest{Code: code, Login: login, Key: public, Name: "PC", Incarnation: w.ID()}.Sign(d.key))
	return d, err
}

func (d device) login(t *testing.T, w *ledgertest.World, a *access.Access, login, password string) (syncproto.LoginAnswer, error) {
	t.Helper()
	return a.Login(t.Context(), w.Now, syncproto.LoginRequest{Device: d.Device, Login: login, Password: password, Nonce: a.Nonce(w.Now)}.Sign(d.key))
}

func TestACodeIsGoodForADay(t *testing.T) {
	for after, good := range map[syncproto.Span]bool{0: true, access.CodeLife - 1: true, access.CodeLife: false} {
		w := ledgertest.New(t)
		a := access.New(w.Store, w.Ledger, chance(w))
		code, expires, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
		if err != nil {
			t.Fatal(err)
		}
		if expires != w.Now.Add(access.CodeLife) {
			t.Errorf("it expires at %v", expires)
		}
		w.Now = w.Now.Add(after)
		_, err = enrol(t, w, a, code, "wang")
		if good != (err == nil) || !good && !isProblem(err, syncproto.CodeWrongCode) {
			t.Errorf("after %v: %v, want good %v", after, err, good)
		}
		w.Verify()
	}
}

// TestWhatWasGivenWhileTheClockWasAhead is good for no longer, once an operator says that the clock is right.
func TestWhatWasGivenWhileTheClockWasAhead(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	right := w.Now
	w.Now = right.Add(300 * syncproto.Day)
	if err := a.SetPassword(t.Context(), w.Seat, password); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for range 2 {
		code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	d, err := enrol(t, w, a, codes[0], "wang")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.login(t, w, a, "wang", password)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.ClockIsRight(t.Context(), right); err != nil {
		t.Fatal(err)
	}
	until, err := a.ReadsUntil(t.Context(), right, answer.Token, d.Device, w.Seat)
	if err != nil || until != right.Add(access.TokenLife) {
		t.Errorf("the token is good until %v, %v", until, err)
	}
	w.Now = right.Add(access.CodeLife)
	if _, err := enrol(t, w, a, codes[1], "wang"); !isProblem(err, syncproto.CodeWrongCode) {
		t.Errorf("a day after that the code: %v", err)
	}
}

func TestACodeIsUnambiguousAndNeverTheSame(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	seen := map[string]bool{}
	for range 200 {
		code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
		if err != nil {
			t.Fatal(err)
		}
		if len(code) != 11 || strings.ContainsAny(code, "01IO") || seen[code] {
			t.Errorf("code %q", code)
		}
		seen[code] = true
	}
	if _, _, err := a.IssueCode(t.Context(), w.Now, w.ID(), "周敏"); !isProblem(err, syncproto.CodeNotThere) {
		t.Errorf("a code for nobody: %v", err)
	}
}

func TestATokenIsGoodOnItsDeviceForHalfADay(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	if err := a.SetPassword(t.Context(), w.Seat, password); err != nil {
		t.Fatal(err)
	}
	var devices []device
	for range 2 {
		code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
		if err != nil {
			t.Fatal(err)
		}
		d, err := enrol(t, w, a, code, "wang")
		if err != nil {
			t.Fatal(err)
		}
		devices = append(devices, d)
	}
	answer, err := devices[0].login(t, w, a, " WANG ", password)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name           string
		device, person syncproto.ID
		token          string
		after          syncproto.Span
		good           bool
	}{
		{"at once", devices[0].Device, w.Seat, answer.Token, 0, true},
		{"until it expires", devices[0].Device, w.Seat, answer.Token, access.TokenLife - 1, true},
		{"then not", devices[0].Device, w.Seat, answer.Token, access.TokenLife, false},
		{"on another device", devices[1].Device, w.Seat, answer.Token, 0, false},
		{"for another person", devices[0].Device, w.Manager, answer.Token, 0, false},
		{"none", devices[0].Device, w.Seat, "", 0, false},
		{"another", devices[0].Device, w.Seat, answer.Token + "x", 0, false},
	} {
		until, err := a.ReadsUntil(t.Context(), w.Now.Add(c.after), c.token, c.device, c.person)
		if err != nil || until != 0 != c.good {
			t.Errorf("%s: %v, %v; want %v", c.name, until, err, c.good)
		}
	}
	for name, password := range map[string]string{"wrong": "打开-车窗-2026", "empty": "", "endless": strings.Repeat("x", 1000)} {
		if _, err := devices[0].login(t, w, a, "wang", password); !isProblem(err, syncproto.CodeWrongLogin) {
			t.Errorf("a %s password: %v", name, err)
		}
	}
}

func TestWhoHasNoPasswordDoesNotLogIn(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
	if err != nil {
		t.Fatal(err)
	}
	d, err := enrol(t, w, a, code, "wang")
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"", "irgendetwas"} {
		if _, err := d.login(t, w, a, "wang", password); !isProblem(err, syncproto.CodeWrongLogin) {
			t.Errorf("password %q: %v", password, err)
		}
	}
}

func TestALimiterLetsABurstThroughAndThenOneAtATime(t *testing.T) {
	l := access.Limiter{Burst: 3, Every: 10 * syncproto.Second}
	at := ledgertest.Morning
	var waits []string
	for _, step := range []syncproto.Span{0, 0, 0, 0, 4, 6, 0, 100, 0, 0, 0} {
		at = at.Add(step * syncproto.Second)
		waits = append(waits, l.Take("wang", at).String())
	}
	if got, want := fmt.Sprint(waits), "[0s 0s 0s 10s 6s 0s 10s 0s 0s 0s 10s]"; got != want {
		t.Errorf("waits %s, want %s", got, want)
	}
	if l.Take("li", at) != 0 {
		t.Error("another key has to wait")
	}
}

// Somebody guesses at one login and floods the limiter with other names, so that it should
// forget the one: it remembers no more than it may, and whoever asked most.
func TestAFloodOfNamesDoesNotMakeALimiterForget(t *testing.T) {
	l := access.Limiter{Burst: 8, Every: 12 * syncproto.Second}
	at := ledgertest.Morning
	for range 8 {
		l.Take("wang", at)
	}
	for n := range 1 << 16 {
		l.Take(fmt.Sprint(n), at)
	}
	if l.Take("wang", at) == 0 {
		t.Error("it lets another guess through")
	}
	if n := l.Kept(); n > 1<<14 {
		t.Errorf("it remembers %d names", n)
	}
}

// TestAClockThatIsSetBackKeepsNobodyOut for longer than a whole burst takes.
func TestAClockThatIsSetBackKeepsNobodyOut(t *testing.T) {
	l := access.Limiter{Burst: 3, Every: 10 * syncproto.Second}
	for range 3 {
		l.Take("wang", ledgertest.Morning.Add(syncproto.Hour))
	}
	if wait := l.Take("wang", ledgertest.Morning); wait != 10*syncproto.Second {
		t.Errorf("after the clock was set back an hour the wait is %v", wait)
	}
	if wait := l.Take("wang", ledgertest.Morning.Add(10*syncproto.Second)); wait != 0 {
		t.Errorf("then, in its time, %v", wait)
	}
}

// patient is a store in which something happens as a code is used.
type patient struct {
	*store.Store
	meanwhile func()
}

func (p *patient) UseEnrolment(ctx context.Context, code syncproto.Hash, key []byte) (bool, error) {
	if now := p.meanwhile; now != nil {
		p.meanwhile = nil
		now()
	}
	return p.Store.UseEnrolment(ctx, code, key)
}

// TestADeviceThatAsksAgainMeanwhile: the answer takes so long that the device gives up, and asks again. Both are
// answered the same, in whatever order they come to the log.
func TestADeviceThatAsksAgainMeanwhile(t *testing.T) {
	w := ledgertest.New(t)
	s := &patient{Store: w.Store}
	a := access.New(s, w.Ledger, chance(w))
	code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
	if err != nil {
		t.Fatal(err)
	}
	seed := w.ID()
	key := ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))
	public, _ := key.Public().(ed25519.PublicKey)
	asks := syncproto.EnrolRequest{Code: code, Login: "wang", Key: public, Name: "PC", Incarnation: w.ID()}.Sign(key)
	var again syncproto.EnrolAnswer
	s.meanwhile = func() {
		if again, err = a.Enrol(t.Context(), w.Now, asks); err != nil {
			t.Error(err)
		}
	}
	first, err := a.Enrol(t.Context(), w.Now, asks)
	if err != nil || first.Device != again.Device || first.DeviceCode != again.DeviceCode {
		t.Errorf("the one is answered %+v, %v; the other %+v", first, err, again)
	}
	w.Verify()
}

// TestTwoDevicesThatDrawTheSameCode: both are made known at once, and what is drawn for the second was free when it
// was drawn. It is given another; nobody has to ask again.
func TestTwoDevicesThatDrawTheSameCode(t *testing.T) {
	w := ledgertest.New(t)
	office := access.New(w.Store, w.Ledger, chance(w))
	var codes [2]string
	for i := range codes {
		var err error
		if codes[i], _, err = office.IssueCode(t.Context(), w.Now, w.Seat, "周敏"); err != nil {
			t.Fatal(err)
		}
	}
	var meanwhile func()
	// Its command gets its id when the code is drawn, and before it is decided.
	newID := func() syncproto.ID {
		if now := meanwhile; now != nil {
			meanwhile = nil
			now()
		}
		return w.ID()
	}
	l, err := ledger.Open(t.Context(), w.Store, newID, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	w.Ledger = l
	var quick device
	meanwhile = func() {
		var err error
		if quick, err = enrol(t, w, access.New(w.Store, l, chance(w)), codes[1], "wang"); err != nil {
			t.Error(err)
		}
	}
	slow, err := enrol(t, w, access.New(w.Store, l, chance(w)), codes[0], "wang")
	if err != nil || slow.DeviceCode == quick.DeviceCode || slow.Device == quick.Device {
		t.Errorf("the slow one is answered %+v, %v; the quick one %+v", slow.EnrolAnswer, err, quick.EnrolAnswer)
	}
	w.Verify()
}
