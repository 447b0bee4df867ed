package access_test

import (
	"testing"

	"redress/server/access"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// A laptop is stolen, with its key, and the thief knows its person's password. Once it is revoked
// the password is right no more on it, and a token it was given before opens nothing that is asked
// beside a session; the person's other device is as good as ever.
func TestARevokedDeviceDoesNotLogIn(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	const password = "打开-天窗-2026"
	if err := a.SetPassword(t.Context(), w.Administrator, password); err != nil {
		t.Fatal(err)
	}
	known := func() (device, syncproto.LoginAnswer) {
		code, _, err := a.IssueCode(t.Context(), w.Now, w.Administrator, "周敏")
		if err != nil {
			t.Fatal(err)
		}
		d, err := enrol(t, w, a, code, "zhou")
		if err != nil {
			t.Fatal(err)
		}
		answer, err := d.login(t, w, a, "zhou", password)
		if err != nil {
			t.Fatal(err)
		}
		return d, answer
	}
	stolen, before := known()
	other, others := known()
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
