package main

import (
	"crypto/ed25519"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// TestTheLogNamesNobodyAtTheDoor: people are made on the command line while the server runs, enrol, mistype, log
// in and work, and what the command line asks for is refused. Not a name, a login, a number, a password, a code
// or a text of theirs stands in the log, and the address of those alone who were not let in.
func TestTheLogNamesNobodyAtTheDoor(t *testing.T) {
	data, flags := place(t)
	s := show(t, data)
	operate := func(status int, input string, arguments ...string) string {
		t.Helper()
		said := call(t, input, append(arguments, flags...)...)
		if said.status != status {
			t.Fatalf("%v: %+v", arguments, said)
		}
		return strings.TrimSpace(said.out)
	}
	operate(0, "", "unit", "华东区", "--kind", "region", "--phone", "021-5566-2001")
	operate(0, "", "unit", "呼叫中心", "--kind", "call-centre")
	operate(0, "", "person", "qianwei", "--name", "钱薇", "--role", "seat", "--unit", "呼叫中心,华东区", "--phone", "13800138000")
	operate(1, "", "person", "nameless", "--role", "seat") // is rejected
	operate(1, "kurz123\n", "password", "qianwei", "--stdin")
	operate(0, "", "policy", "--warn-at", "7000")
	password, code := operate(0, "", "password", "qianwei"), operate(0, "", "enrol", "qianwei")

	seed := newID()
	d := &gatewaytest.Desk{URL: s.desks, Login: "qianwei", Password: password, Clock: now, NewID: newID, Key: ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))}
	if err := d.Enrol(t.Context(), "AAAAA-AAAAA"); err == nil {
		t.Fatal("a wrong code was taken")
	}
	public, _ := d.Key.Public().(ed25519.PublicKey)
	enrolment := syncproto.EnrolRequest{Code: code, Login: d.Login, Key: public, Name: "钱薇的笔记本", Incarnation: d.Incarnation}.Sign(d.Key)
	if err := d.Ask(t.Context(), syncproto.PathEnrol, enrolment, &d.EnrolAnswer); err != nil {
		t.Fatal(err)
	}
	wrong, unknown := *d, *d
	wrong.Password, unknown.Login = "错误的密码-1999", "qianwei2"
	for _, who := range []*gatewaytest.Desk{&wrong, &unknown} {
		if err := who.LogIn(t.Context()); err == nil {
			t.Fatalf("%s logs in with %s", who.Login, who.Password)
		}
	}
	if err := d.LogIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	open := ticket.Open{ID: newID(), Number: d.DeviceCode + "-00001", Channel: "400热线", Board: "智能功能", Type: "投诉", Category: "产品质量",
		Subject: "远程控制失败", Region: newID()}
	open.Customer.ID, open.Customer.Name, open.Customer.Phones, open.Vehicle.VIN = newID(), "刘洋", []string{"13911112222"}, "LRDS6PEB7MR000001"
	opening, err := d.Tap(syncproto.CommandOpen, open)
	if err != nil {
		t.Fatal(err)
	}
	note, err := d.Tap(syncproto.CommandNote, ticket.Note{Ticket: newID(), Text: "客户很生气"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Play(func() bool { return d.Verdicts[opening].Outcome != 0 && d.Verdicts[note].Outcome != 0 }); err != nil {
		t.Fatal(err)
	}
	if err := d.SendRaw([]byte("钱薇 13800138000")); err != nil { // cannot be read
		t.Fatal(err)
	}
	_ = d.Play(func() bool { return false })
	reset, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.desks, "http")+syncproto.PathSession, nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if err := reset.NetConn().(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	reset.Close()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(s.text(), "line lost"); {
		if time.Now().After(deadline) {
			t.Fatal("that a line was lost is not said")
		}
	}
	operate(0, "", "revoke", "qianwei", "--device", d.DeviceCode, "--reason", "电脑被盗")
	s.stop()

	said := s.text()
	for _, line := range []string{"a request was done", "refused", "session begun", "a message cannot be read", "line lost", "a request of the command line failed"} {
		if !strings.Contains(said, line) {
			t.Errorf("nothing is said of %q", line)
		}
	}
	for _, personal := range []string{"钱薇", "qianwei", "nameless", "13800138000", "021-5566", "刘洋", "13911112222", "LRDS6PEB7MR000001", "远程控制失败", "客户很生气",
		"kurz123", "错误的密码", password, code, strings.ReplaceAll(code, "-", ""), "AAAAA", "周敏", "华东区", "电脑被盗"} {
		if strings.Contains(said, personal) {
			t.Errorf("the log names %q:\n%s", personal, said)
		}
	}
	itsOwn, turnedAway := []string{"serving", "metrics are shown"}, []string{"refused", "turned away", "a line could not be served"}
	for line := range strings.Lines(said) {
		var of struct{ Message string }
		if err := json.Unmarshal([]byte(line), &of); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "127.0.0.1") && !slices.Contains(itsOwn, of.Message) && !slices.Contains(turnedAway, of.Message) {
			t.Errorf("the address of who was let in is in the log: %s", line)
		}
	}
}
