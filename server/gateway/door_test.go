package gateway_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
)

// TestTheDoorAnswersTheSameWhateverIsWrong, and slows down who asks too often.
func TestTheDoorAnswersTheSameWhateverIsWrong(t *testing.T) {
	s := serve(t)
	ctx := t.Context()
	d := s.enrolled(s.Seat, "wang")
	refusal := func(err error) syncproto.Code {
		t.Helper()
		var r *gatewaytest.Refused
		if !errors.As(err, &r) {
			t.Fatalf("got %v, want a refusal", err)
		}
		return r.Code
	}
	wrongPassword, wrongLogin, wrongDevice, wrongKey := *d, *d, *d, *d
	wrongPassword.Password, wrongLogin.Login, wrongDevice.Device, wrongKey.Key = "falsch", "li", s.ID(), s.Stranger("").Key
	for name, desk := range map[string]*gatewaytest.Desk{"password": &wrongPassword, "login": &wrongLogin, "device": &wrongDevice, "key": &wrongKey} {
		if code := refusal(desk.LogIn(ctx)); code != syncproto.CodeWrongLogin {
			t.Errorf("wrong %s: %q, want %q", name, code, syncproto.CodeWrongLogin)
		}
	}
	stale := syncproto.LoginRequest{Device: d.Device, Login: d.Login, Password: password, Nonce: s.Access.Nonce(s.Clock().Add(-3 * syncproto.Minute))}.Sign(d.Key)
	if code := refusal(d.Ask(ctx, syncproto.PathLogin, stale, &syncproto.LoginAnswer{})); code != syncproto.CodeWrongLogin {
		t.Errorf("an old nonce: %q", code)
	}
	code, _, err := s.Access.IssueCode(ctx, s.Clock(), s.Manager, "周敏")
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct{ login, code string }{"a code of another person": {"wang", code}, "no code at all": {"li", "AAAAA-AAAAA"}} {
		if code := refusal(s.Stranger(try.login).Enrol(ctx, try.code)); code != syncproto.CodeWrongCode {
			t.Errorf("%s: %q, want %q", name, code, syncproto.CodeWrongCode)
		}
	}
	manager := s.Stranger("li")
	if err := manager.Enrol(ctx, strings.ToLower(code)); err != nil {
		t.Fatal(err)
	}
	device := manager.Device
	if err := manager.Ask(ctx, syncproto.PathEnrol, enrolAgain(manager, code), &manager.EnrolAnswer); err != nil || manager.Device != device {
		t.Errorf("the same again: %v, device %v, want %v", err, manager.Device, device)
	}
	if code := refusal(s.Stranger("li").Enrol(ctx, code)); code != syncproto.CodeWrongCode {
		t.Errorf("a used code: %q, want %q", code, syncproto.CodeWrongCode)
	}
	for range 20 {
		err = wrongPassword.LogIn(ctx)
	}
	if code := refusal(err); code != syncproto.CodeTooOften {
		t.Errorf("after many: %q, want %q", code, syncproto.CodeTooOften)
	}
}

func enrolAgain(d *gatewaytest.Desk, code string) syncproto.EnrolRequest {
	public, _ := d.Key.Public().(ed25519.PublicKey)
	return syncproto.EnrolRequest{Code: code, Login: d.Login, Key: public, Name: "PC", Incarnation: d.Incarnation}.Sign(d.Key)
}

func TestTheServerSaysHowItIs(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		response, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, response.Status)
		}
		response.Body.Close()
	}
}

// TestARequestThatIsNone is refused before anybody looks whose it is.
func TestARequestThatIsNone(t *testing.T) {
	s := serve(t)
	for name, c := range map[string]struct {
		path string
		body []byte
	}{
		"not CBOR":           {syncproto.PathLogin, []byte("user=wang&password=x")},
		"nothing":            {syncproto.PathEnrol, nil},
		"more than it may":   {syncproto.PathEnrol, syncproto.MustEncode(syncproto.EnrolRequest{Login: "wang", Name: strings.Repeat("x", syncproto.MaxRequest)})},
		"no question":        {syncproto.PathDesks, nil},
		"a long question":    {syncproto.PathDesks, syncproto.MustEncode(syncproto.DesksRequest{Token: strings.Repeat("x", syncproto.MaxRequest)})},
		"cut off":            {syncproto.PathEnrol, syncproto.MustEncode(syncproto.EnrolRequest{Code: "AAAAA-AAAAA", Login: "wang"})[:9]},
		"one key twice":      {syncproto.PathLogin, []byte{0xa2, 0x01, 0x03, 0x01, 0x04}},
		"more after its end": {syncproto.PathLogin, append(syncproto.MustEncode(syncproto.LoginRequest{Login: "wang"}), 0)},
	} {
		response, err := http.Post(s.URL+c.path, "application/cbor", bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		var refusal syncproto.Refusal
		if err := syncproto.Decode(data, &refusal); err != nil || response.StatusCode != http.StatusBadRequest || refusal.Code != syncproto.CodeMalformed {
			t.Errorf("%s: %s, %+v, %v", name, response.Status, refusal, err)
		}
	}
}
