package gateway_test

import (
	"bytes"
	"net/http"
	"slices"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// What stands in the western region alone: in its ticket, its customer's file, its trail and
// its claim.
const (
	westernText     = "西北机密投诉"
	westernCustomer = "赫连铁树"
	westernNote     = "西北内部沟通"
	westernClaim    = "西北补偿方案"
)

// western is a ticket of the western region with all that belongs to it.
type western struct {
	*served
	ticket, customer, claim syncproto.ID
	seat                    *gatewaytest.Desk
}

func aWestern(t *testing.T) western {
	t.Helper()
	s := serve(t)
	w := western{served: s, ticket: s.NewID(), claim: s.NewID(), seat: s.desk(s.Seat, "wang")}
	online(t, w.seat)
	open := s.Open(w.ticket, s.West, "K7MQ-00001")
	open.Subject, open.Customer.Name = westernText, westernCustomer
	w.customer = open.Customer.ID
	tap(t, w.seat, syncproto.CommandOpen, open)
	tap(t, w.seat, syncproto.CommandNote, ticket.Note{Ticket: w.ticket, Text: westernNote})
	last := tap(t, w.seat, syncproto.CommandFileClaim, claim.File{ID: w.claim, Ticket: w.ticket, Kind: claim.Goodwill, Amount: 777_00, What: westernClaim})
	play(t, w.seat, func() bool { return w.seat.Verdicts[last].Outcome == syncproto.Accepted })
	return w
}

// secret fails where anything of the western region was in what the line was ever sent.
func (w western) secret(t *testing.T, i *intruder) {
	t.Helper()
	for _, text := range []string{westernText, westernCustomer, westernNote, westernClaim} {
		if i.reads(text) {
			t.Errorf("an eastern desk reads %q", text)
		}
	}
	for _, id := range []syncproto.ID{w.ticket, w.claim, w.customer} {
		if i.reads(string(id[:])) {
			t.Errorf("an eastern desk reads of %v", id)
		}
	}
}

// The eastern manager, logged in and with another program, asks in every message a desk can
// send for what is in the western region: nothing of it is in any byte that comes back. What
// is the eastern region's own does come, so that the test would see what it looks for.
func TestReadingAnotherRegionThroughEveryMessage(t *testing.T) {
	w := aWestern(t)
	eastern := "华东的投诉"
	open := w.Open(w.NewID(), w.East, "K7MQ-00002")
	open.Subject = eastern
	mine := tap(t, w.seat, syncproto.CommandOpen, open)
	play(t, w.seat, func() bool { return w.seat.Verdicts[mine].Outcome == syncproto.Accepted })
	west, seats := syncproto.Bucket(w.West), syncproto.Bucket(w.CallCentre)
	spy := w.desk(w.Manager, "li")
	own := []syncproto.Bucket{syncproto.ReferenceBucket, syncproto.Bucket(w.Manager), syncproto.Bucket(w.East)}
	claims := func(buckets ...syncproto.Bucket) []syncproto.Bucket { return slices.Concat(own, buckets) }
	head := w.Ledger.Head().Seq
	for _, c := range []struct {
		story string
		hello func(h *syncproto.Hello)
		then  []syncproto.Frame
		ends  syncproto.Code
	}{
		{"says it holds the region", func(h *syncproto.Hello) { h.Held, h.Cursor = claims(west), 1 }, nil, ""},
		{"says it is filling the region", func(h *syncproto.Hello) { h.Held, h.Filling, h.Cursor = own, []syncproto.Bucket{west, seats}, 1 }, nil, ""},
		{"says so in an older version", func(h *syncproto.Hello) { h.Newest, h.Held, h.Cursor = 1, claims(west), 1 }, nil, ""},
		{"begins at nothing, in an older version", func(h *syncproto.Hello) { h.Newest = 2 }, nil, ""},
		{"comes from another epoch", func(h *syncproto.Hello) { h.Epoch, h.Held, h.Cursor = 9, claims(west), head }, nil, ""},
		{"comes from past the head", func(h *syncproto.Hello) { h.Held, h.Cursor = claims(west), 1<<40 }, nil, ""},
		{"fetches a page of the region", nil, []syncproto.Frame{&syncproto.Fetch{Bucket: west, Parts: syncproto.AllParts}}, syncproto.CodeOutOfOrder},
		{"heals a page of the region", nil, []syncproto.Frame{&syncproto.Fetch{Bucket: west, Parts: syncproto.AllParts, Heals: true}}, syncproto.CodeOutOfOrder},
		{"fetches a page of another person's own", nil, []syncproto.Frame{&syncproto.Fetch{Bucket: syncproto.Bucket(w.Seat), Parts: syncproto.AllParts}}, syncproto.CodeOutOfOrder},
		{"fetches a page of a document's id", nil, []syncproto.Frame{&syncproto.Fetch{Bucket: syncproto.Bucket(w.ticket), Parts: syncproto.AllParts}}, syncproto.CodeOutOfOrder},
		{"compares the region, for its parts", nil, []syncproto.Frame{&syncproto.Differs{Buckets: []syncproto.Bucket{west}}}, syncproto.CodeOutOfOrder},
		{"compares it among its own", nil, []syncproto.Frame{&syncproto.Differs{Buckets: claims(west)}}, syncproto.CodeOutOfOrder},
		{"says it has stopped healing it", nil, []syncproto.Frame{&syncproto.Differs{Buckets: []syncproto.Bucket{west}, Stopped: true}}, syncproto.CodeOutOfOrder},
		{"has applied what it never got", nil, []syncproto.Frame{&syncproto.Applied{Cursor: head}, &syncproto.Applied{Cursor: 1 << 50}}, ""},
		{"fetches all that is its own", nil, []syncproto.Frame{
			&syncproto.Fetch{Bucket: own[0], Parts: syncproto.AllParts}, &syncproto.Fetch{Bucket: own[1], Parts: syncproto.AllParts},
			&syncproto.Fetch{Bucket: own[2], Parts: syncproto.AllParts}, &syncproto.Differs{Buckets: own}}, ""},
		{"hands in only", func(h *syncproto.Hello) { h.Token, h.Held = "", claims(west) }, nil, ""},
	} {
		t.Run(c.story, func(t *testing.T) {
			w.T = t
			i := w.opened(spy, c.hello)
			for _, f := range c.then {
				i.say(f)
			}
			if ok, code := i.goesOn(); ok != (c.ends == "") || code != c.ends {
				t.Errorf("goes on %v, ended with %q; want %q", ok, code, c.ends)
			}
			if c.ends == "" {
				i.drain()
			}
			w.secret(t, i)
			if sees := i.reads(eastern); c.story == "fetches all that is its own" && !sees {
				t.Error("it does not read its own region either: the test sees nothing")
			}
		})
	}
	w.T = t
	w.unharmed(w.seat)
}

// drain hears all the server sends of itself: a desk that has it all is told so.
func (i *intruder) drain() {
	i.T.Helper()
	for range 3 { // between two answers lies what is sent of itself
		i.goesOn()
	}
}

// A request about what one does not see is refused, and the answer tells nothing of it: not
// what stands there, not the amount, not who decided and what they said. (A fact is taken from
// whoever has the role, under their own name: server/THREATS.md says why.)
func TestARequestAboutWhatOneDoesNotSee(t *testing.T) {
	w := aWestern(t)
	zhao := w.Person("zhao", policy.Manager, w.West)
	western := w.desk(zhao, "zhao")
	online(t, western)
	back := tap(t, western, syncproto.CommandSendBack, claim.SendBack{Claim: w.claim, Round: 1, Comment: westernNote})
	play(t, western, func() bool { return western.Verdicts[back].Outcome == syncproto.Accepted })
	decided := w.NewID()
	second := tap(t, w.seat, syncproto.CommandFileClaim, claim.File{ID: decided, Ticket: w.ticket, Kind: claim.Goodwill, Amount: 888_00, What: westernClaim})
	play(t, w.seat, func() bool { return w.seat.Verdicts[second].Outcome == syncproto.Accepted })
	rejected := tap(t, western, syncproto.CommandRejectClaim, claim.Reject{Claim: decided, Round: 1, Reason: westernNote})
	play(t, western, func() bool { return western.Verdicts[rejected].Outcome == syncproto.Accepted })
	spy := w.desk(w.Manager, "li")
	i := w.opened(spy, nil)
	for _, c := range []struct {
		story   string
		kind    syncproto.CommandKind
		command any
		code    syncproto.Code
	}{
		{"puts a text right, to be told what it is", syncproto.CommandAmend, ticket.Amend{Ticket: w.ticket, Field: ticket.FieldSubject, Old: "?", New: "!"}, ticket.CodeNotYourUnit},
		{"puts the customer's name right", syncproto.CommandAmend, ticket.Amend{Ticket: w.ticket, Field: customer.FieldName, Old: "?", New: "!"}, ticket.CodeNotYourUnit},
		{"files a claim on it", syncproto.CommandFileClaim, claim.File{ID: w.NewID(), Ticket: w.ticket, Kind: claim.Goodwill, Amount: 1, What: "?"}, claim.CodeOtherRegion},
		{"amends its claim", syncproto.CommandAmendClaim, claim.Amend{Claim: w.claim, Round: 1, Amount: 1, What: "?", Reason: "?"}, claim.CodeOtherRegion},
		{"sends its claim back", syncproto.CommandSendBack, claim.SendBack{Claim: w.claim, Round: 1, Comment: "?"}, claim.CodeOtherRegion},
		{"rejects one that is decided, to be told by whom", syncproto.CommandRejectClaim, claim.Reject{Claim: decided, Round: 1, Reason: "?"}, claim.CodeOtherRegion},
		{"rejects its claim", syncproto.CommandRejectClaim, claim.Reject{Claim: w.claim, Round: 1, Reason: "?"}, claim.CodeOtherRegion},
		{"routes its claim up", syncproto.CommandRouteUp, claim.RouteUp{Claim: w.claim, Round: 1, Reason: "?"}, claim.CodeOtherRegion},
		{"sends it to a department", syncproto.CommandDispatch, ticket.Dispatch{Ticket: w.ticket, Unit: w.Department}, syncproto.CodeNotAllowed},
		{"closes it", syncproto.CommandClose, ticket.Close{Ticket: w.ticket}, syncproto.CodeNotAllowed},
	} {
		t.Run(c.story, func(t *testing.T) {
			w.T = t
			v, ended := i.verdictOn(seal(spy, w.wish(spy, c.kind, c.command)))
			if ended != "" || v.Outcome != syncproto.Rejected || v.Findings[0].Code != c.code {
				t.Fatalf("ended %q, %v %+v; want rejected: %s", ended, v.Outcome, v.Findings, c.code)
			}
			if f := v.Findings[0]; f.Text != "" || f.Amount != 0 || f.When != 0 || f.Person != zhao && !f.Person.IsZero() && f.Person != spy.Person || f.Person == zhao {
				t.Errorf("it tells %+v", f)
			}
		})
	}
	w.T = t
	for _, text := range []string{westernText, westernCustomer, westernNote, westernClaim} {
		if i.reads(text) {
			t.Errorf("an eastern desk reads %q", text)
		}
	}
	w.Verify()
}

// Over HTTP there is what there is: no path, method or body reads anything of the log or of
// the files beside it, logged in or not; only headquarters is told of the desks.
func TestReadingOverHTTP(t *testing.T) {
	w := aWestern(t)
	spy := w.desk(w.Manager, "li")
	admin := w.desk(w.Administrator, "zhou")
	if _, err := w.watch(admin, nil); err != nil {
		t.Fatal(err)
	}
	asks := syncproto.MustEncode(syncproto.DesksRequest{Device: spy.Device, Token: spy.Token, At: w.Clock()}.Sign(spy.Key))
	paths := []string{"/", "/session", "/enrol", "/nonce", "/login", "/desks", "/healthz", "/readyz", "/commands", "/code", "/password", "/confirm",
		"/documents", "/search?q=" + westernText, "/central.db", "/../central.db", "/%2e%2e/central.db", "//desks", "/desks/", "/debug/pprof/", "/metrics", "/admin.sock"}
	answered := []string{"GET /healthz", "HEAD /healthz", "GET /readyz", "HEAD /readyz", "POST /nonce"} // whoever asks
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions} {
		for _, path := range paths {
			r, err := http.NewRequest(method, w.URL+path, bytes.NewReader(asks))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+spy.Token)
			response, err := http.DefaultTransport.RoundTrip(r) //nolint:bodyclose // bodyOf closes it
			if err != nil {
				t.Fatal(err)
			}
			data := bodyOf(t, response.Body)
			if ask := method + " " + path; response.StatusCode < http.StatusMultipleChoices && !slices.Contains(answered, ask) {
				t.Errorf("%s is answered with %s", ask, response.Status)
			}
			for _, secret := range []string{westernText, westernCustomer, westernNote, westernClaim, string(w.ticket[:]), string(w.claim[:]), string(w.seat.Device[:]), "SQLite format"} {
				if bytes.Contains(data, []byte(secret)) {
					t.Errorf("%s %s answers with %q", method, path, secret)
				}
			}
		}
	}
}
