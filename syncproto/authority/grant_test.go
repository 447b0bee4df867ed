package authority_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
)

var account = authority.Ref(Manager, november)

func issue(l *Log, device, incarnation syncproto.ID, month syncproto.Month) Result {
	return l.Give(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{
		Manager: Manager, Month: month, Device: device, Incarnation: incarnation}})
}

func take(g syncproto.Grant) Given {
	return By(Manager, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: g.Month, Manager: g.Manager})
}

func offers(l *Log, incarnation syncproto.ID) []syncproto.Grant {
	return rules.Offered(account, l.Docs[account].Body, incarnation)
}

// The first connection of the month opens the account with the policy's limit and hands
// all of it, and the right, to the device; the second finds nothing to do.
func TestIssue(t *testing.T) {
	l := NewLog()
	device, incarnation := DeviceOf(Manager)
	issue(l, device, incarnation, november)
	body := Body[authority.Body](l, account)
	if body.Limit != 6000*yuan || body.Free() != 0 || len(body.Grants) != 2 || body.Headquarters != Headquarters {
		t.Fatalf("%+v", body)
	}
	if got := offers(l, incarnation); len(got) != 2 || got[0].Amount != 6000*yuan || got[1].Kind != syncproto.GrantRight || got[0].Device != device {
		t.Fatalf("%+v", got)
	}
	buckets := rules.Buckets(account, body)
	if !slices.Contains(buckets, syncproto.Bucket(Manager)) || !slices.Contains(buckets, syncproto.Bucket(Headquarters)) || len(buckets) != 2 {
		t.Fatalf("seen by %v", buckets)
	}
	if r := issue(l, device, incarnation, november); r.Outcome != syncproto.Accepted || len(r.Changed) != 0 {
		t.Fatalf("issued again: %+v", r)
	}
}

// Nothing is issued to a device or incarnation that is not the manager's, nor of a month
// that is over or has not come.
func TestNothingIsIssued(t *testing.T) {
	device, incarnation := DeviceOf(Manager)
	other, otherIncarnation := DeviceOf(Seat)
	for _, c := range []struct {
		story               string
		device, incarnation syncproto.ID
		month               syncproto.Month
	}{
		{"another person's device", other, otherIncarnation, november},
		{"an incarnation that was replaced", device, otherIncarnation, november},
		{"last month", device, incarnation, november - 1},
		{"next month", device, incarnation, december},
	} {
		t.Run(c.story, func(t *testing.T) {
			l := NewLog()
			if r := issue(l, c.device, c.incarnation, c.month); r.Outcome != syncproto.Accepted || len(r.Changed) != 0 {
				t.Fatalf("%+v", r)
			}
		})
	}
	l := NewLog()
	if got := rules.WhenConnected(Seat, rules.Connected{Device: other, Incarnation: otherIncarnation}, nil, Morning, l.Reference); got != nil || rules.Accounts(Seat, Morning, l.Reference) != nil {
		t.Fatalf("a seat has no authority: %v", got)
	}
	if got := rules.WhenConnected(Manager, rules.Connected{Device: device, Incarnation: incarnation}, nil, Morning, l.Reference); len(got) != 1 {
		t.Fatalf("%v", got)
	}
}

// Of two copies of a disk only one has the grant (A2 d): a second taking is refused, but
// the same command again has the same verdict.
func TestTakenOnce(t *testing.T) {
	l := NewLog()
	device, incarnation := DeviceOf(Manager)
	issue(l, device, incarnation, november)
	grant := offers(l, incarnation)[0]
	first := take(grant)
	first.ID = l.NextID()
	for range 2 {
		if r := l.Give(first); r.Outcome != syncproto.Accepted {
			t.Fatalf("%+v", r)
		}
	}
	if r := l.Give(take(grant)); r.Outcome != syncproto.Rejected || r.Codes()[0] != syncproto.CodeAlready {
		t.Fatalf("taken twice: %+v", r)
	}
	if got := offers(l, incarnation); len(got) != 1 {
		t.Fatalf("still offered: %+v", got)
	}
}

// What was under way at a rekey is the same command, so the device decides; another
// device or manager has no part in it.
func TestTakenByItsDevice(t *testing.T) {
	l := NewLog()
	device, incarnation := DeviceOf(Manager)
	issue(l, device, incarnation, november)
	grant := offers(l, incarnation)[0]
	stolen := take(grant)
	stolen.Device = l.NextID()
	others := take(grant)
	others.Person = Substitute
	for _, g := range []Given{stolen, others} {
		if r := l.Give(g); r.Outcome != syncproto.Rejected || r.Codes()[0] != authority.CodeNoSuchGrant {
			t.Fatalf("%+v", r)
		}
	}
	late := take(grant)
	late.Incarnation = l.NextID()
	l.Give(Given{Kind: syncproto.CommandRekeyDevice, Command: organisation.RekeyDevice{ID: device, Incarnation: late.Incarnation}, Operator: "test"})
	if r := l.Give(late); r.Outcome != syncproto.Accepted {
		t.Fatalf("%+v", r)
	}
}

// An account with all the grants it can have, each filled, stays under the limit of a
// body.
func TestFullAccountFits(t *testing.T) {
	body := authority.Evolve(authority.Body{}, authority.Opened{Manager: Manager, Month: november, Limit: syncproto.MaxAmount, Headquarters: Headquarters})
	body = authority.Evolve(body, authority.Moved{To: Manager})
	for n := range authority.MaxGrants {
		grant := syncproto.Derive("grant", syncproto.NumberedID(uint64(n)))
		for _, e := range []any{
			authority.Issued{ID: grant, Kind: syncproto.GrantAmount, Amount: syncproto.MaxAmount, Device: grant, Incarnation: grant, NotBefore: Morning},
			authority.Taken{Grant: grant, At: Morning},
			authority.Asked{Grant: grant, Amount: syncproto.MaxAmount}, authority.Returned{Grant: grant, Credit: syncproto.MaxAmount},
			authority.WrittenOff{Grant: grant, Amount: syncproto.MaxAmount}, authority.Withdrawn{Grant: grant, At: Morning},
			authority.Charged{Shares: []syncproto.Share{{Grant: grant, Amount: syncproto.MaxAmount}}},
			authority.Refunded{Amount: syncproto.MaxAmount}, authority.Breached{By: 1},
		} {
			body = authority.Evolve(body, e)
		}
	}
	if data, err := rules.WriteBody(body); err != nil || len(body.Grants) != authority.MaxGrants {
		t.Fatalf("%d bytes: %v", len(data), err)
	}
}
