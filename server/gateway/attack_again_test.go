package gateway_test

import (
	"crypto/ed25519"
	"testing"

	"redress/server/access"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// forgotten is a laptop of the person that was made known after the state the log was set back to:
// its key and the id that its code made of it. All that is left of the code is what the command
// line's outbox remembered (restore.Run).
func (s *served) forgotten(person syncproto.ID, login, code string) *gatewaytest.Desk {
	s.T.Helper()
	d := s.Stranger(login)
	public, _ := d.Key.Public().(ed25519.PublicKey)
	id := s.Ledger.Identity()
	d.EnrolAnswer = syncproto.EnrolAnswer{Device: access.DeviceID(access.CodeHash(code), public), DeviceCode: "K7MQ", Person: person,
		LogID: id.LogID, Epoch: 1, ServerKey: id.ServerKey.Public().(ed25519.PublicKey)}
	d.Incarnation, d.Links = s.NewID(), []syncproto.Link{{}}
	d.Verdicts, d.Documents = map[syncproto.ID]syncproto.Verdict{}, map[syncproto.Ref]gatewaytest.Kept{}
	if err := s.Store.AddEnrolment(s.T.Context(), store.Enrolment{Code: access.CodeHash(code), Person: person, Operator: "周敏"}); err != nil {
		s.T.Fatal(err)
	}
	return d
}

// newCode is what the operator reads out.
func (s *served) newCode(person syncproto.ID) string {
	s.T.Helper()
	if err := s.Access.SetPassword(s.T.Context(), person, password); err != nil {
		s.T.Fatal(err)
	}
	code, _, err := s.Access.IssueCode(s.T.Context(), s.Clock(), person, "周敏")
	if err != nil {
		s.T.Fatal(err)
	}
	return code
}

// claimOf is the desk's request to be known again as who it was.
func claimOf(d *gatewaytest.Desk, code string) syncproto.EnrolRequest {
	public, _ := d.Key.Public().(ed25519.PublicKey)
	return syncproto.EnrolRequest{Code: code, Login: d.Login, Key: public, Name: "PC", Incarnation: d.Incarnation,
		Device: d.Device, DeviceCode: d.DeviceCode}.Sign(d.Key)
}

// ask sends a request; the code is why it was refused.
func (s *served) ask(d *gatewaytest.Desk, request syncproto.EnrolRequest) (answer syncproto.EnrolAnswer, code syncproto.Code) {
	s.T.Helper()
	return answer, refused(s.T, d.Ask(s.T.Context(), syncproto.PathEnrol, request, &answer))
}

// A laptop that the restored log has forgotten is known again by a new code as who it was, hands in
// what was signed on it, and goes on numbering its tickets. Asked again after a lost answer, the same
// comes back.
func TestAForgottenDeviceIsKnownAgain(t *testing.T) {
	s := serve(t)
	laptop := s.forgotten(s.Manager, "li", "AAAAA-AAAAA")
	opening := seal(laptop, s.wish(laptop, syncproto.CommandOpen, s.Open(s.NewID(), s.East, "K7MQ-00001"))) // without a line
	code := s.newCode(s.Manager)
	request := claimOf(laptop, code)
	first, refusal := s.ask(laptop, request)
	if refusal != "" || first.Device != laptop.Device || first.DeviceCode != "K7MQ" || first.Person != s.Manager || first.LogID != laptop.LogID {
		t.Fatalf("%q, %+v", refusal, first)
	}
	again, refusal := s.ask(laptop, request)
	if again.Time = first.Time; refusal != "" || string(syncproto.MustEncode(again)) != string(syncproto.MustEncode(first)) {
		t.Errorf("asked again: %q, %+v, want %+v", refusal, again, first)
	}
	if device, known := s.Ledger.Reference().Device(laptop.Device); !known || device.Incarnation != laptop.Incarnation || device.Revoked != 0 {
		t.Errorf("the log has %+v %v", device, known)
	}
	if err := laptop.LogIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	laptop.Links = laptop.Links[:1]
	i := s.opened(laptop, func(h *syncproto.Hello) { h.Counter = 1 })
	if v, ended := i.verdictOn(opening); ended != "" || v.Outcome != syncproto.Accepted {
		t.Errorf("what was done on it is %v %v %q", v.Outcome, v.Findings, ended)
	}
}

// TestACodeOfNumbersThatIsTakenOrNone: the device gets another, and its tickets go on under that.
func TestACodeOfNumbersThatIsTakenOrNone(t *testing.T) {
	s := serve(t)
	taken := s.enrolled(s.Seat, "wang").DeviceCode
	for name, c := range map[string]struct {
		was  string
		kept bool
	}{
		"as it was": {"K7MQ", true}, "taken by now": {taken, false}, "none": {"", false}, "too long": {"K7MQ2", false},
		"of other signs": {"k7m0", false}, "with a line end": {"K7M\n", false},
	} {
		laptop := s.forgotten(s.Manager, "li", "code of "+name)
		laptop.DeviceCode = c.was
		answer, refusal := s.ask(laptop, claimOf(laptop, s.newCode(s.Manager)))
		if refusal != "" || len(answer.DeviceCode) != 4 || answer.DeviceCode == c.was != c.kept || answer.DeviceCode == taken {
			t.Errorf("%s: %q, the code is %q and was %q", name, refusal, answer.DeviceCode, c.was)
		}
	}
}

// Device ids are no secret. Somebody takes a laptop's that the log has forgotten, or one it knows,
// with a code of their own or of its person, under the laptop's key or another: nothing of it tells
// them anything, nothing comes into the log, and the true laptop is known again afterwards with the
// very code that was tried.
func TestClaimingADevice(t *testing.T) {
	s := serve(t)
	laptop, thief := s.forgotten(s.Manager, "li", "AAAAA-AAAAA"), s.enrolled(s.Seat, "wang")
	s.forgotten(s.Seat, "wang", "BBBBB-BBBBB") // wang too was given a code since
	known, revoked := s.enrolled(s.Manager, "li"), s.enrolled(s.Manager, "li")
	s.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: revoked.Device, Reason: "被盗"})
	lis, wangs := s.newCode(s.Manager), func() string { return s.newCode(s.Seat) }
	as := func(d, key *gatewaytest.Desk, login string) *gatewaytest.Desk {
		other := *d
		other.Key, other.Login = key.Key, login
		return &other
	}
	true1 := claimOf(laptop, lis)
	for name, request := range map[string]syncproto.EnrolRequest{
		"a code of wang for li's forgotten laptop, under wang's key":   claimOf(as(laptop, thief, "wang"), wangs()),
		"a code of wang for li's forgotten laptop, under li's key":     claimOf(as(laptop, laptop, "wang"), wangs()),
		"a code of li for li's forgotten laptop, under another key":    claimOf(as(laptop, thief, "li"), lis),
		"a code of wang for a device of li's that is known":            claimOf(as(known, known, "wang"), wangs()),
		"a code of li for a device of li's that is known, another key": claimOf(as(known, thief, "li"), lis),
		"a code of li for a device of wang's":                          claimOf(as(thief, thief, "li"), lis),
		"a revoked device with a new code":                             claimOf(revoked, lis),
		"an id that no code made":                                      claimOf(as(&gatewaytest.Desk{EnrolAnswer: syncproto.EnrolAnswer{Device: s.NewID()}, Incarnation: s.NewID()}, thief, "wang"), wangs()),
		"the command line's device":                                    claimOf(as(&gatewaytest.Desk{EnrolAnswer: syncproto.EnrolAnswer{Device: s.Ledger.Identity().OperatorDevice}, Incarnation: s.NewID()}, thief, "wang"), wangs()),
		"the code that first made the laptop known":                    claimOf(laptop, "AAAAA-AAAAA"),
		"the true request, with the thief's key under li's signature":  func() syncproto.EnrolRequest { r := true1; r.Key = thief.Key.Public().(ed25519.PublicKey); return r }(),
		"the true request for a new device, made to one of an old id":  func() syncproto.EnrolRequest { r := enrolAgain(laptop, lis); r.Device = laptop.Device; return r }(),
		"no incarnation": claimOf(&gatewaytest.Desk{Login: "li", Key: laptop.Key, EnrolAnswer: laptop.EnrolAnswer}, lis),
	} {
		head := s.Ledger.Head()
		if _, code := s.ask(thief, request); code != syncproto.CodeWrongCode {
			t.Errorf("%s: %q, want %q", name, code, syncproto.CodeWrongCode)
		}
		if s.Ledger.Head() != head {
			t.Errorf("%s: something of it is in the log", name)
		}
	}
	if answer, code := s.ask(laptop, true1); code != "" || answer.Device != laptop.Device {
		t.Errorf("the true laptop: %q %v", code, answer.Device)
	}
	if answer, code := s.ask(known, claimOf(known, s.newCode(s.Manager))); code != "" || answer.Device != known.Device || answer.DeviceCode != known.DeviceCode {
		t.Errorf("a device that is known, by a new code: %q %+v", code, answer)
	}
}

// Somebody overheard the request that made a laptop known again, or its person uses the code once
// more: it makes no second device, whoever's the key is; and once the laptop is revoked it brings
// nothing back.
func TestAClaimSaidAgain(t *testing.T) {
	s := serve(t)
	laptop, other := s.forgotten(s.Manager, "li", "AAAAA-AAAAA"), s.forgotten(s.Manager, "li", "BBBBB-BBBBB")
	code := s.newCode(s.Manager)
	overheard := claimOf(laptop, code)
	if _, refusal := s.ask(laptop, overheard); refusal != "" {
		t.Fatal(refusal)
	}
	head := s.Ledger.Head()
	for name, c := range map[string]struct {
		request syncproto.EnrolRequest
		code    syncproto.Code
	}{
		"the very same": {overheard, ""},
		"the same code for another forgotten laptop": {claimOf(other, code), syncproto.CodeWrongCode},
		"the same code and key for a new device":     {enrolAgain(laptop, code), syncproto.CodeWrongCode},
		"the same code for a stranger":               {enrolAgain(s.forgotten(s.Manager, "li", "CCCCC-CCCCC"), code), syncproto.CodeWrongCode},
	} {
		if _, refusal := s.ask(laptop, c.request); refusal != c.code {
			t.Errorf("%s: %q, want %q", name, refusal, c.code)
		}
	}
	if s.Ledger.Head() != head {
		t.Error("something of it is in the log")
	}
	s.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: laptop.Device, Reason: "被盗"})
	if _, refusal := s.ask(laptop, overheard); refusal != syncproto.CodeWrongCode {
		t.Errorf("after it was revoked: %q", refusal)
	}
}

// TestARestoringServerMakesNoDeviceKnown, and says so; what it is asked with stays good.
func TestARestoringServerMakesNoDeviceKnown(t *testing.T) {
	w := ledgertest.New(t)
	w.Desk(w.Seat, "P2XA") // has not reported
	s := serveRestored(t, w)
	laptop := s.forgotten(s.Manager, "li", "AAAAA-AAAAA")
	code := s.newCode(s.Manager)
	if _, refusal := s.ask(laptop, claimOf(laptop, code)); refusal != syncproto.CodeRestoring {
		t.Errorf("a forgotten laptop: %q", refusal)
	}
	if refusal := refused(t, s.Stranger("li").Enrol(t.Context(), code)); refusal != syncproto.CodeRestoring {
		t.Errorf("a new device: %q", refusal)
	}
	if err := s.Ledger.EndRestoring(t.Context(), s.Clock()); err != nil {
		t.Fatal(err)
	}
	if answer, refusal := s.ask(laptop, claimOf(laptop, code)); refusal != "" || answer.Device != laptop.Device || answer.Epoch != 2 {
		t.Errorf("after that: %q %+v", refusal, answer)
	}
}
