package access_test

import (
	"context"
	"testing"

	"redress/server/access"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// A laptop is stolen, with its key, and the thief knows its person's password. Once it is revoked
// the password is right no more on it, and a token it was given before opens nothing that is asked
// beside a session; the person's other device is as good as ever.
func TestARevokedDeviceDoesNotLogIn(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	login := func(d device) syncproto.LoginAnswer {
		answer, err := d.login(t, w, a, "zhou", password)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	stolen, other := zhou(t, w, a), zhousDevice(t, w, a)
	before, others := login(stolen), login(other)
	watches := func(d device, token string) error {
		return a.Watcher(t.Context(), w.Now, syncproto.DesksRequest{Device: d.Device, Token: token, At: w.Now}.Sign(d.key))
	}
	if err := watches(stolen, before.Token); err != nil {
		t.Fatalf("before it was revoked: %v", err)
	}
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: stolen.Device, Reason: "电脑被盗"})

	if _, err := stolen.login(t, w, a, "zhou", password); !isProblem(err, syncproto.CodeWrongLogin) {
		t.Errorf("it logs in with the right password: %v", err)
	}
	guess := syncproto.LoginRequest{Device: stolen.Device, Login: "zhou", Password: password, Nonce: a.Nonce(w.Now)}.Sign(stolen.key)
	if a.Proven(w.Now, guess) {
		t.Error("its signature still counts as its person's device's")
	}
	if err := watches(stolen, before.Token); !isProblem(err, syncproto.CodeTokenExpired) {
		t.Errorf("with the token of before it asks about all desks: %v", err)
	}
	if err := watches(stolen, others.Token); !isProblem(err, syncproto.CodeTokenExpired) {
		t.Errorf("with a token of the other device: %v", err)
	}
	if err := watches(other, others.Token); err != nil {
		t.Errorf("the other device: %v", err)
	}
	if _, err := other.login(t, w, a, "zhou", password); err != nil {
		t.Errorf("the other device logs in: %v", err)
	}
}

// password is everybody's here.
const password = "打开-天窗-2026"

// zhou is the administrator with a password and a device.
func zhou(t *testing.T, w *ledgertest.World, a *access.Access) device {
	t.Helper()
	if err := a.SetPassword(t.Context(), w.Administrator, password); err != nil {
		t.Fatal(err)
	}
	return zhousDevice(t, w, a)
}

// zhousDevice is one more of the administrator's.
func zhousDevice(t *testing.T, w *ledgertest.World, a *access.Access) device {
	t.Helper()
	code, _, err := a.IssueCode(t.Context(), w.Now, w.Administrator, "周敏")
	if err != nil {
		t.Fatal(err)
	}
	d, err := enrol(t, w, a, code, "zhou")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// slowly is a store in which something happens between the reading of a password and its check.
type slowly struct {
	*store.Store
	meanwhile func()
}

func (s *slowly) Password(ctx context.Context, person syncproto.ID) (string, error) {
	hash, err := s.Store.Password(ctx, person)
	if now := s.meanwhile; now != nil {
		s.meanwhile = nil
		now()
	}
	return hash, err
}

// A password is known to a thief, and headquarters sets another in the very moment in which the thief
// logs in with it: that log-in is checked against the old one, and comes to nothing.
func TestAPasswordThatIsChangedWhileItIsChecked(t *testing.T) {
	w := ledgertest.New(t)
	s := &slowly{Store: w.Store}
	a := access.New(s, w.Ledger, chance(w))
	d := zhou(t, w, a)
	s.meanwhile = func() {
		if err := a.SetPassword(t.Context(), w.Administrator, "另一个-密码-2026"); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.login(t, w, a, "zhou", password); !isProblem(err, syncproto.CodeWrongLogin) {
		t.Errorf("with the password of before: %v", err)
	}
	if _, err := d.login(t, w, a, "zhou", "另一个-密码-2026"); err != nil {
		t.Errorf("with the new one: %v", err)
	}
}

// The clock was ahead, and is said to be right while a log-in of before is being checked: its token is good for no
// longer than any other.
func TestTheClockIsSaidToBeRightDuringALogin(t *testing.T) {
	w := ledgertest.New(t)
	s := &slowly{Store: w.Store}
	a := access.New(s, w.Ledger, chance(w))
	right := w.Now
	w.Now = right.Add(300 * syncproto.Day)
	d := zhou(t, w, a)
	s.meanwhile = func() {
		if err := a.ClockIsRight(t.Context(), right); err != nil {
			t.Error(err)
		}
	}
	for _, from := range []syncproto.Instant{right, right.Add(syncproto.Hour)} {
		in, err := d.login(t, w, a, "zhou", password)
		if err != nil {
			t.Fatal(err)
		}
		until, err := a.ReadsUntil(t.Context(), from, in.Token, d.Device, w.Administrator)
		if want := from.Add(access.TokenLife); until != want || in.Expires != want || err != nil {
			t.Errorf("a token from %v on is good until %v, %v", from, until, err)
		}
		w.Now = right.Add(syncproto.Hour) // the next begins when that was said
	}
}

// interrupted is a store beside which something happens when a password was kept.
type interrupted struct {
	*store.Store
	kept func()
}

func (s interrupted) SetPassword(ctx context.Context, person syncproto.ID, hash string) error {
	err := s.Store.SetPassword(ctx, person, hash)
	s.kept()
	return err
}

// Headquarters sets another password and interrupts that, or the server dies, in the moment in which it is on the
// disk: whoever is logged in with the one before reads nothing more.
func TestAPasswordThatIsChangedAndNoMore(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	d := zhou(t, w, a)
	in, err := d.login(t, w, a, "zhou", password)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	_ = access.New(interrupted{w.Store, stop}, w.Ledger, chance(w)).SetPassword(ctx, w.Administrator, "另一个-密码-2026") // as far as it comes
	if _, err := d.login(t, w, a, "zhou", password); !isProblem(err, syncproto.CodeWrongLogin) {
		t.Fatalf("with the password of before: %v", err)
	}
	if until, err := a.ReadsUntil(t.Context(), w.Now, in.Token, d.Device, w.Administrator); until != 0 || err != nil {
		t.Errorf("a token for the password of before is good until %v, %v", until, err)
	}
}
