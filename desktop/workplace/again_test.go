package workplace_test

import (
	"crypto/ed25519"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// TestEnrollingAgain: the folder of whoever is known here is made known again, at the server it was
// enrolled with; where only the password is wrong then, that is what is said, and the device is known.
func TestEnrollingAgain(t *testing.T) {
	central := centraltest.New(t)
	var asked syncproto.EnrolRequest
	answer := func(w http.ResponseWriter, v any) { _, _ = w.Write(syncproto.MustEncode(v)) }
	mux := http.NewServeMux()
	mux.HandleFunc(syncproto.PathNonce, func(w http.ResponseWriter, _ *http.Request) { answer(w, syncproto.NonceAnswer{Nonce: []byte("once")}) })
	mux.HandleFunc(syncproto.PathLogin, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		answer(w, syncproto.Refusal{Code: syncproto.CodeWrongLogin})
	})
	mux.HandleFunc(syncproto.PathEnrol, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		if err := syncproto.Decode(data, &asked); err != nil {
			t.Error(err)
		}
		answer(w, syncproto.EnrolAnswer{Device: asked.Device, DeviceCode: "P2XA", Person: centraltest.Seat, LogID: central.LogID, Epoch: 2,
			ServerKey: central.Key.Public().(ed25519.PublicKey), Time: central.Now})
	})
	web := httptest.NewServer(mux)
	defer web.Close()
	dir := t.TempDir()
	employAt(t, web.URL, dir, "wang", centraltest.Seat)
	employAt(t, nobody, dir, "chen", centraltest.Liaison)
	m := open(t, dir)
	for login, want := range map[string]syncproto.Code{
		"li": replica.CodeNotEnrolled, "chen": syncclient.CodeUnreachable, "wang": syncproto.CodeWrongLogin,
	} {
		if _, err := m.EnrolAgain(t.Context(), workplace.Return{Login: login, Code: "ABCDE-23456", Password: "falsch"}); !is(err, want) {
			t.Errorf("%s: %v, want %s", login, err, want)
		}
	}
	if asked.Login != "wang" || asked.Device != syncproto.Derive("device wang") || asked.Name != "test" || asked.Incarnation != syncproto.Derive("incarnation wang") {
		t.Errorf("the server was asked %+v", asked)
	}
}
