package main

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// openHouse is a server on a log with an organisation, and its command line beside it.
type openHouse struct {
	*running
	t     *testing.T
	data  string
	flags []string
}

// newOpenHouse serves headquarters' administrator zhou and a seat, wang.
func newOpenHouse(t *testing.T) *openHouse {
	t.Helper()
	r := &openHouse{t: t}
	r.data, r.flags = place(t)
	r.do("unit", "总部", "--kind", "headquarters")
	r.do("unit", "呼叫中心", "--kind", "call-centre")
	r.do("person", "zhou", "--name", "周敏", "--role", "administration", "--unit", "总部")
	r.do("person", "wang", "--name", "王芳", "--role", "seat", "--unit", "呼叫中心")
	r.running = started(t, r.data)
	t.Cleanup(func() { r.end(t) })
	return r
}

// do gives a command and returns what it printed.
func (r *openHouse) do(arguments ...string) string {
	r.t.Helper()
	said := call(r.t, "", append(arguments, r.flags...)...)
	if said.status != 0 {
		r.t.Fatalf("%v: %+v", arguments, said)
	}
	return strings.TrimSpace(said.out)
}

// desk enrols a device of the person with a code of the command line, and knows a password.
func (r *openHouse) desk(login, password string) *gatewaytest.Desk {
	r.t.Helper()
	id := newID()
	d := &gatewaytest.Desk{URL: "http://" + r.log.address, Login: login, Password: password, Clock: now, NewID: newID,
		Key: ed25519.NewKeyFromSeed(append(id[:], id[:]...))}
	if err := d.Enrol(r.t.Context(), r.do("enrol", login)); err != nil {
		r.t.Fatal(err)
	}
	return d
}

// A password that was set anew lets in at once, and the old one no more; nobody has to stop
// the server.
func TestAForgottenPasswordIsSetAnew(t *testing.T) {
	r := newOpenHouse(t)
	d := r.desk("wang", r.do("password", "wang"))
	if err := d.LogIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh := r.do("password", "wang")
	var refused *gatewaytest.Refused
	if err := d.LogIn(t.Context()); !errors.As(err, &refused) || refused.Code != syncproto.CodeWrongLogin {
		t.Errorf("the old password: %v", err)
	}
	if d.Password = fresh; d.LogIn(t.Context()) != nil {
		t.Error("the new password lets nobody in")
	}
	if said := call(t, "我的-密码-2026\n", append([]string{"password", "wang", "--stdin"}, r.flags...)...); said.status != 0 || said.out != "" {
		t.Errorf("one that was chosen: %+v", said)
	}
	if d.Password = "我的-密码-2026"; d.LogIn(t.Context()) != nil {
		t.Error("the chosen password lets nobody in")
	}
}

// A policy that was put in force reaches a connected desk by itself.
func TestAPolicyReachesAConnectedDesk(t *testing.T) {
	r := newOpenHouse(t)
	d := r.desk("wang", r.do("password", "wang"))
	if err := errors.Join(d.LogIn(t.Context()), d.Dial(t.Context()), d.Play(func() bool { return d.Current })); err != nil {
		t.Fatal(err)
	}
	r.do("policy", "--response-limit", "90m")
	limit := func() syncproto.Span {
		newest := policy.Body{}
		for ref, doc := range d.Documents {
			if body, err := rules.ReadBody(ref.Kind, doc.Body()); err == nil {
				if p, is := body.(policy.Body); is && p.Number > newest.Number {
					newest = p
				}
			}
		}
		return newest.ResponseLimit
	}
	if limit() != 2*syncproto.Hour {
		t.Errorf("before it came the desk has %v", limit())
	}
	if err := d.Play(func() bool { return limit() == 90*syncproto.Minute }); err != nil {
		t.Errorf("the desk has %v: %v", limit(), err)
	}
	if err := d.Hang(); err != nil {
		t.Error(err)
	}
}

// When a desk was heard last is known after the server was started anew.
func TestWhenADeskWasHeardOutlivesTheServer(t *testing.T) {
	r := newOpenHouse(t)
	seat, admin := r.desk("wang", r.do("password", "wang")), r.desk("zhou", r.do("password", "zhou"))
	before := now()
	if err := errors.Join(seat.LogIn(t.Context()), seat.Dial(t.Context()), seat.Play(func() bool { return seat.Current }), seat.Hang()); err != nil {
		t.Fatal(err)
	}
	r.end(t)
	r.running = started(t, r.data)
	admin.URL = "http://" + r.log.address
	if err := admin.LogIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	var answer syncproto.DesksAnswer
	q := syncproto.DesksRequest{Device: admin.Device, Token: admin.Token, At: now()}.Sign(admin.Key)
	if err := admin.Ask(t.Context(), syncproto.PathDesks, q, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Desks) != 1 || answer.Desks[0].Device != seat.Device || answer.Desks[0].Connected || answer.Desks[0].Seen < before ||
		answer.Desks[0].Seen > answer.Time || answer.Desks[0].Program != "gatewaytest" {
		t.Errorf("it is known: %+v", answer)
	}
}

// Who left and comes back works here again: with the same device, and a new one can be enrolled.
func TestWhoLeftComesBack(t *testing.T) {
	r := newOpenHouse(t)
	d := r.desk("wang", r.do("password", "wang"))
	r.do("person", "wang", "--left")
	r.do("person", "wang", "--phone", "8100")
	if said := call(t, "", append([]string{"enrol", "wang"}, r.flags...)...); said.status == 0 || d.LogIn(t.Context()) == nil {
		t.Errorf("who left: %+v", said)
	}
	r.do("person", "wang", "--left=false")
	r.do("enrol", "wang")
	if err := d.LogIn(t.Context()); err != nil {
		t.Error(err)
	}
}
