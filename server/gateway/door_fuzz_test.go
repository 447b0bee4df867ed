package gateway_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
)

// asked is a question at the door. Where sign says so, a device of the server's signs it, with a
// nonce that is good: what a colleague can say with another program.
func (a *approached) asked(path uint8, sign bool, at *gatewaytest.Served, data []byte) (string, []byte) {
	paths := []string{syncproto.PathEnrol, syncproto.PathLogin, syncproto.PathDesks, syncproto.PathNonce}
	to, by := paths[path%4], a.desks[int(path/8)%len(a.desks)]
	if !sign {
		return to, data
	}
	switch to {
	case syncproto.PathEnrol:
		return to, resigned(data, func(q syncproto.EnrolRequest) any { return q.Sign(by.Key) })
	case syncproto.PathLogin:
		return to, resigned(data, func(q syncproto.LoginRequest) any {
			q.Device, q.Nonce = by.Device, at.Access.Nonce(at.Clock())
			return q.Sign(by.Key)
		})
	case syncproto.PathDesks:
		return to, resigned(data, func(q syncproto.DesksRequest) any {
			q.Device, q.At = by.Device, at.Clock()
			return q.Sign(by.Key)
		})
	}
	return to, data // nobody signs for a nonce
}

// resigned is a request as it is signed; what is none stays as it is.
func resigned[Q any](data []byte, sign func(Q) any) []byte {
	var q Q
	if syncproto.Decode(data, &q) != nil {
		return data
	}
	return syncproto.MustEncode(sign(q))
}

// FuzzDoor: whatever is asked beside the sessions gets an answer that can be read, is no fault of
// the server's, opens nothing, and changes nothing.
func FuzzDoor(f *testing.F) {
	a := &approached{folder: f.TempDir()}
	var at *gatewaytest.Served
	f.Cleanup(func() {
		if at != nil {
			if err := at.Close(); err != nil {
				f.Error(err)
			}
		}
		a.close(f)
	})
	for path := range uint8(24) {
		for _, q := range []any{
			syncproto.EnrolRequest{Code: "AAAAA-AAAAA", Login: "wang", Name: "前台一号"},
			syncproto.EnrolRequest{Code: "AAAAA-AAAAA", Login: "wang", Device: syncproto.Derive("another"), DeviceCode: "K7MQ"},
			syncproto.LoginRequest{Login: "wang", Password: "not this"},
			syncproto.DesksRequest{Token: "none"},
		} {
			f.Add(path, path%2 == 0, syncproto.MustEncode(q))
		}
		f.Add(path, false, []byte{0xa2, 0x01, 0x03, 0x01, 0x04})
	}
	from := 0
	f.Fuzz(func(t *testing.T, path uint8, sign bool, data []byte) {
		if a.anew(t); at == nil {
			ids := uint64(0)
			newID := func() syncproto.ID { ids++; return syncproto.Derive("at the door", syncproto.NumberedID(ids)) }
			at = gatewaytest.ServeWithin(a.store, a.ledger, newID, wallClock, zerolog.Nop(), generous())
		}
		to, body := a.asked(path, sign, at, data)
		from++
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, to, bytes.NewReader(body))
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:4711", from>>16&255, from>>8&255, from&255)
		w := httptest.NewRecorder()
		at.Handler.ServeHTTP(w, r)
		var refusal syncproto.Refusal
		switch answer := w.Body.Bytes(); {
		case w.Code == http.StatusOK && to == syncproto.PathNonce:
		case w.Code == http.StatusOK:
			t.Fatalf("%s opened something to %x", to, body)
		case w.Code >= http.StatusInternalServerError:
			t.Fatalf("%s answers %d to %x", to, w.Code, body)
		case syncproto.Decode(answer, &refusal) != nil || refusal.Code == "":
			t.Fatalf("%s answers %d with %x to %x", to, w.Code, answer, body)
		}
		if a.ledger.Head() != a.head {
			t.Fatalf("%s wrote into the log at %x", to, body)
		}
	})
}

// generous are limits that slow down nobody: as many come as there are inputs.
func generous() gateway.Limits {
	limits := gateway.DefaultLimits()
	often := gateway.Rate{Burst: 1 << 40, Every: syncproto.Second}
	limits.LoginsOfDevice, limits.AsksOfAddress, limits.NoncesOfAddress, limits.WatchesOfAddress = often, often, often, often
	return limits
}
