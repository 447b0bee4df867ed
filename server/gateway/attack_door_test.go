package gateway_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// refused is with which code the door refuses; "" where it lets in.
func refused(t *testing.T, err error) syncproto.Code {
	t.Helper()
	var r *gatewaytest.Refused
	if err != nil && !errors.As(err, &r) {
		t.Fatal(err)
	}
	if r == nil {
		return ""
	}
	return r.Code
}

// Who has stolen a laptop with its key guesses the password: eight at once, then one every
// twelve seconds, however they write the login. The owner, on another device, is kept out of
// nothing by it.
func TestGuessingAPassword(t *testing.T) {
	clock := newStill()
	s := serveBy(t, ledgertest.New(t), clock.now)
	stolen, owners := s.enrolled(s.Seat, "wang"), s.enrolled(s.Seat, "wang")
	tried := func() (n int) {
		for guess := range 100 {
			stolen.Login, stolen.Password = []string{"wang", "WANG", " wang", "Wang\t"}[guess%4], fmt.Sprint("guess ", guess)
			switch code := refused(t, stolen.LogIn(t.Context())); code {
			case syncproto.CodeWrongLogin:
				n++
			case syncproto.CodeTooOften:
				return n
			default:
				t.Fatalf("guess %d: %q", guess, code)
			}
		}
		return n
	}
	if n := tried(); n != 8 {
		t.Errorf("%d guesses at once, want 8", n)
	}
	clock.move(12 * syncproto.Second)
	if n := tried(); n != 1 {
		t.Errorf("%d guesses after twelve seconds, want 1", n)
	}
	stolen.Login, stolen.Password = "wang", password
	if code := refused(t, stolen.LogIn(t.Context())); code != syncproto.CodeTooOften {
		t.Errorf("the right one among them: %q", code)
	}
	if code := refused(t, owners.LogIn(t.Context())); code != "" {
		t.Errorf("the owner is kept out: %q", code)
	}
}

// Somebody without any device, who knows a login (every colleague's is known), guesses in its
// name: no guess of theirs can be right, and it keeps the person out of nothing.
func TestNamingALoginKeepsNobodyOut(t *testing.T) {
	s := serve(t)
	owner := s.enrolled(s.Seat, "wang")
	stranger := s.Stranger("wang")
	stranger.Device, stranger.Password = owner.Device, password // the id is reference data; the password is even right
	for range 30 {
		if code := refused(t, stranger.LogIn(t.Context())); code != syncproto.CodeWrongLogin && code != syncproto.CodeTooOften {
			t.Fatalf("a stranger's guess: %q", code)
		}
	}
	for range 30 {
		if code := refused(t, s.Stranger("wang").Enrol(t.Context(), "AAAAA-AAAAA")); code != syncproto.CodeWrongCode && code != syncproto.CodeTooOften {
			t.Fatalf("a stranger's code: %q", code)
		}
	}
	if code := refused(t, owner.LogIn(t.Context())); code != "" {
		t.Errorf("the owner is kept out: %q", code)
	}
}

// A whole office behind one address logs in at once, while a stranger in it asks without a pause: each
// counts for their own device, and what they sign costs nobody a log-in.
func TestAnOfficeLogsInAtOnce(t *testing.T) {
	clock, limits := newStill(), gateway.DefaultLimits()
	limits.AsksOfAddress = gateway.Rate{Burst: 4, Every: syncproto.Second}
	s := serveWithin(t, ledgertest.New(t), clock.now, limits)
	var office []*gatewaytest.Desk
	for range 12 {
		office = append(office, s.enrolled(s.Seat, "wang"))
		clock.move(2 * syncproto.Second)
	}
	stranger := s.Stranger("wang")
	for n, d := range office {
		_ = stranger.LogIn(t.Context())
		if code := refused(t, d.LogIn(t.Context())); code != "" {
			t.Errorf("desk %d of the office: %q", n+1, code)
		}
	}
	if code := refused(t, stranger.LogIn(t.Context())); code != syncproto.CodeTooOften {
		t.Errorf("the stranger: %q", code)
	}
}

// from is a line of another address, as the server sees it.
type from struct {
	http.Handler
	address string
}

func (f from) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.RemoteAddr = f.address
	f.Handler.ServeHTTP(w, r)
}

// guesses asks at the door of a server from an address until it is told to wait, and says how
// often that was answered.
func (s *served) guesses(address string) (n int) {
	s.T.Helper()
	web := httptest.NewServer(from{s.Handler, address})
	defer web.Close()
	d := s.Stranger("wang")
	d.URL = web.URL
	for n = range 1000 {
		if refused(s.T, d.Enrol(s.T.Context(), fmt.Sprintf("AAAAA-%05d", n))) == syncproto.CodeTooOften {
			return n
		}
	}
	return n
}

// A code has 31¹⁰ values and a day to live. Somebody guesses codes: 120 at once, then one a
// second, for whoever asks from one address; of IPv6 for all of a network, of which everybody
// has 2⁶⁴ addresses. Others are not slowed down.
func TestGuessingAnEnrolmentCode(t *testing.T) {
	clock := newStill()
	s := serveBy(t, ledgertest.New(t), clock.now)
	for _, c := range []struct {
		story, address string
		answered       int
	}{
		{"120 at once", "192.0.2.1:1000", 120},
		{"from another port", "192.0.2.1:2000", 0},
		{"the same, as IPv6 writes it", "[::ffff:192.0.2.1]:3000", 0},
		{"from another address", "192.0.2.2:1000", 120},
		{"from an IPv6 address", "[2001:db8:0:1::1]:1000", 120},
		{"from another of its network", "[2001:db8:0:1:ffff::2]:1000", 0},
		{"from another, with a zone", "[2001:db8:0:1::3%eth0]:1000", 0},
		{"from another network", "[2001:db8:0:2::1]:1000", 120},
	} {
		if n := s.guesses(c.address); n != c.answered {
			t.Errorf("%s: %d guesses were answered, want %d", c.story, n, c.answered)
		}
	}
	clock.move(syncproto.Second)
	if n := s.guesses("192.0.2.1:1000"); n != 1 {
		t.Errorf("a second later: %d guesses were answered, want 1", n)
	}
}

// Who is who cannot be found out at the door: whoever does not exist, left, has no password,
// or is somebody else's gets the same bytes as a wrong password, and the answer takes as long.
func TestNobodyIsToldWhoExists(t *testing.T) {
	clock := newStill()
	s := serveBy(t, ledgertest.New(t), clock.now)
	left := s.Person("qian", policy.Seat, s.CallCentre)
	leaver, seat, manager := s.enrolled(left, "qian"), s.enrolled(s.Seat, "wang"), s.enrolled(s.Manager, "li")
	s.Redefine(left, organisation.Person{Name: "qian", Login: "qian", Roles: []policy.Role{policy.Seat}, Left: s.Clock()})
	try := func(d *gatewaytest.Desk, login, password string) gatewaytest.Desk {
		other := *d
		other.Login, other.Password = login, password
		return other
	}
	unsigned := try(seat, "wang", password)
	unsigned.Key = s.Stranger("").Key
	unknown := try(seat, "wang", password)
	unknown.Device = s.NewID()
	const rounds = 5
	took := map[string][]time.Duration{}
	attempts := map[string]gatewaytest.Desk{
		"a wrong password":            try(seat, "wang", "falsch-falsch"),
		"a login that is nobody's":    try(seat, "nobody", password),
		"another person's login":      try(seat, "li", password),
		"who left":                    try(leaver, "qian", password),
		"a device that is nobody's":   unknown,
		"a signature that is another": unsigned,
		"an empty password":           try(manager, "li", ""),
		"a password of 4 KiB":         try(manager, "li", string(make([]byte, 4<<10))),
	}
	round := func() {
		for story, d := range attempts {
			clock.move(12 * syncproto.Second) // nobody is slowed down
			began := time.Now()
			err := d.LogIn(t.Context())
			took[story] = append(took[story], time.Since(began))
			var r *gatewaytest.Refused
			if !errors.As(err, &r) || r.Status != http.StatusForbidden || r.Refusal != (syncproto.Refusal{Code: syncproto.CodeWrongLogin}) {
				t.Fatalf("%s: %v", story, err)
			}
		}
	}
	quicker := func() (stories []string) {
		as := slices.Min(took["a wrong password"]) // without what else the machine did
		for story, all := range took {
			if slices.Min(all) < as/2 {
				stories = append(stories, fmt.Sprintf("%s is answered after %v, a wrong password after %v", story, slices.Min(all), as))
			}
		}
		return stories
	}
	for n := 0; n < rounds || n < 10*rounds && len(quicker()) > 0; n++ { // a machine that does much else is not yet known after a few
		round()
	}
	for _, story := range quicker() {
		t.Error(story)
	}
}

// A machine's name is what its owner types, or its program says: as it stands in the log, on
// every desk and in the operator's lists it is one line.
func TestADevicesNameIsOneLine(t *testing.T) {
	s := serve(t)
	for typed, kept := range map[string]string{"PC\n1/99 accepted": "PC1/99 accepted", "\x1b[2J\u202e\u009bPC": "[2JPC", "\n\u200b": "?", strings.Repeat("长", 300): strings.Repeat("长", syncproto.MaxShortText)} {
		code, _, err := s.Access.IssueCode(t.Context(), s.Clock(), s.Seat, "周敏")
		if err != nil {
			t.Fatal(err)
		}
		d := s.Stranger("wang")
		public, _ := d.Key.Public().(ed25519.PublicKey)
		request := syncproto.EnrolRequest{Code: code, Login: "wang", Key: public, Name: typed, Incarnation: s.NewID()}.Sign(d.Key)
		if err := d.Ask(t.Context(), syncproto.PathEnrol, request, &d.EnrolAnswer); err != nil {
			t.Fatal(err)
		}
		if device, _ := s.Ledger.Reference().Device(d.Device); device.Name != kept {
			t.Errorf("%q is kept as %q, want %q", typed, device.Name, kept)
		}
	}
}

// A request that comes a byte now and then does not hold its line: the header has its time, and
// the whole of it too.
func TestARequestThatDrips(t *testing.T) {
	limits := gateway.DefaultLimits()
	if limits.Header <= 0 || limits.Request <= 0 || limits.Idle <= 0 || limits.Request > time.Minute {
		t.Errorf("the limits in force are %+v", limits)
	}
	limits.Header, limits.Request, limits.Idle = 500*time.Millisecond, time.Second, time.Second
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	for story, begun := range map[string]string{
		"says nothing":              "",
		"begins its header":         "POST " + syncproto.PathLogin + " HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"begins what it has to say": "POST " + syncproto.PathLogin + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow",
		"has a header of a book":    "POST " + syncproto.PathLogin + " HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 8*limits.HeaderBytes),
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(begun)); err != nil && !strings.Contains(story, "book") {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		var answer bytes.Buffer
		_, err = answer.ReadFrom(conn)
		if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
			t.Errorf("one that %s holds its line", story)
		}
		if strings.Contains(story, "book") && !strings.Contains(answer.String(), "431") {
			t.Errorf("one that %s is answered %q", story, answer.String())
		}
		_ = conn.Close()
	}
}

// TestAPasswordThatIsChangedDuringHello: a thief who knows the password has said Hello with a good
// token, and waits with the proof until headquarters has set another password. Nothing is read.
func TestAPasswordThatIsChangedDuringHello(t *testing.T) {
	s := serve(t)
	s.Access.OnPassword = s.Hub.LogOut
	d := s.desk(s.Manager, "li")
	i, hello := s.intruder(), helloOf(d)
	i.say(&hello)
	if !is[*syncproto.Challenge](i.hear()) {
		t.Fatal("it is not asked who it is")
	}
	if err := s.Access.SetPassword(t.Context(), s.Manager, "另一个-密码-2026"); err != nil {
		t.Fatal(err)
	}
	i.say(i.proof(d))
	if code := i.endsUntold(); code != syncproto.CodeTokenExpired {
		t.Errorf("the session ended with %q, want %q", code, syncproto.CodeTokenExpired)
	}
	for _, f := range i.frames(0) {
		if is[*syncproto.Delta](f) || is[*syncproto.Grants](f) {
			t.Errorf("it was sent a %T", f)
		}
	}
}
