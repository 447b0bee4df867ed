package authority_test

import (
	"reflect"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	. "redress/syncproto/rules/rulestest"
)

// A raise counts at once. A cut takes back what is connected, is no breach meanwhile, and
// what came back is not granted out again (A6).
func TestLimit(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop, tablet)
	s.operate(syncproto.CommandSetLimit, limit(8000*yuan))
	s.meet(november, laptop, tablet)
	s.have("raised", 4000*yuan, 4000*yuan, 0)
	s.operate(syncproto.CommandSetLimit, limit(5000*yuan))
	if b := s.body(november); b.InForce() != 8000*yuan || b.Over() != 0 || b.Free() != -3000*yuan {
		t.Fatalf("in force %v, over %v, free %v", b.InForce(), b.Over(), b.Free())
	}
	s.meet(november, tablet)
	s.have("the tablet gives what it can", 4000*yuan, 1000*yuan, 0)
	if b := s.body(november); b.InForce() != 5000*yuan || b.Breaches != 0 {
		t.Fatalf("in force %v, %d breaches", b.InForce(), b.Breaches)
	}
	s.operate(syncproto.CommandSetLimit, limit(0))
	s.meet(november, laptop, tablet)
	s.have("nothing", 0, 0, 0)
	s.refused(Given{Kind: syncproto.CommandSetLimit, Command: limit(0), Operator: "admin"}, syncproto.CodeAlready)
}

// The limit in force remembers a cut, and forgives no breach.
func TestInForce(t *testing.T) {
	grant := syncproto.Derive("grant")
	set := func(amount syncproto.Fen) any { return authority.LimitSet{Limit: amount} }
	charge := func(amount syncproto.Fen) any {
		return authority.Charged{Shares: []syncproto.Share{{Grant: grant, Amount: amount}}}
	}
	for _, c := range []struct {
		story         string
		events        []any
		inForce, over syncproto.Fen
	}{
		{"a cut under what is out", []any{set(50)}, 100, 0},
		{"a cut of what is free", []any{authority.Returned{Grant: grant, Credit: 60}, set(50)}, 50, -10},
		{"charging what is out", []any{set(50), charge(100)}, 100, 0},
		{"a return", []any{set(50), authority.Returned{Grant: grant, Credit: 30}}, 70, 0},
		{"a return below the limit", []any{set(50), authority.Returned{Grant: grant, Credit: 80}}, 50, -30},
		{"it does not rise again", []any{set(50), authority.Returned{Grant: grant, Credit: 30}, charge(90)}, 70, 20},
		{"a breach before is not forgiven", []any{charge(110), set(50)}, 100, 10},
		{"a raise after", []any{set(50), set(120)}, 120, -20},
		{"a small raise after", []any{set(50), set(70)}, 100, 0},
		{"cut twice", []any{set(50), set(20)}, 100, 0},
		{"written off and used after all", []any{set(50), authority.WrittenOff{Grant: grant, Amount: 100}, charge(80)}, 50, 30},
	} {
		t.Run(c.story, func(t *testing.T) {
			body := authority.Evolve(authority.Body{}, authority.Opened{Manager: Manager, Month: november, Limit: 100})
			body = authority.Evolve(body, authority.Issued{ID: grant, Kind: syncproto.GrantAmount, Amount: 100})
			for _, e := range c.events {
				body = authority.Evolve(body, e)
			}
			if body.InForce() != c.inForce || body.Over() != c.over {
				t.Fatalf("in force %v, over %v; want %v, %v", body.InForce(), body.Over(), c.inForce, c.over)
			}
		})
	}
}

func TestChangesRefused(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	admin := func(kind syncproto.CommandKind, command any) Given {
		return Given{Kind: kind, Command: command, Operator: "admin"}
	}
	change := func(change func(*authority.SetLimit)) authority.SetLimit {
		c := limit(100 * yuan)
		change(&c)
		return c
	}
	lost := authority.WriteOff{Manager: Manager, Month: november, Grant: s.only(laptop), Reason: "丢失"}
	other := func(change func(*authority.WriteOff)) authority.WriteOff {
		c := lost
		change(&c)
		return c
	}
	var right syncproto.ID
	for _, g := range s.body(november).Grants {
		if g.Kind == syncproto.GrantRight {
			right = g.ID
		}
	}
	for _, c := range []struct {
		story string
		given Given
		code  syncproto.Code
	}{
		{"a month that is over", admin(syncproto.CommandSetLimit, change(func(c *authority.SetLimit) { c.Month-- })), authority.CodeMonthClosed},
		{"the month after next", admin(syncproto.CommandSetLimit, change(func(c *authority.SetLimit) { c.Month += 2 })), authority.CodeMonthClosed},
		{"no reason", admin(syncproto.CommandSetLimit, change(func(c *authority.SetLimit) { c.Reason = "" })), syncproto.CodeMissing},
		{"a negative limit", admin(syncproto.CommandSetLimit, change(func(c *authority.SetLimit) { c.Limit = -1 })), authority.CodeBadLimit},
		{"more than any amount", admin(syncproto.CommandSetLimit, change(func(c *authority.SetLimit) { c.Limit = syncproto.MaxAmount + 1 })), authority.CodeBadLimit},
		{"of a seat", admin(syncproto.CommandSetLimit, change(func(c *authority.SetLimit) { c.Manager = Seat })), authority.CodeNotManager},
		{"by a manager", on(laptop, syncproto.CommandSetLimit, limit(100*yuan)), syncproto.CodeNotAllowed},
		{"moved in a month that is over", on(laptop, syncproto.CommandMoveAuthority, authority.MoveAuthority{Manager: Manager, Month: november - 1, To: laptop.Device}), authority.CodeMonthClosed},
		{"written off without a reason", admin(syncproto.CommandWriteOff, other(func(c *authority.WriteOff) { c.Reason = "" })), syncproto.CodeMissing},
		{"a grant there is not", admin(syncproto.CommandWriteOff, other(func(c *authority.WriteOff) { c.Grant = s.NextID() })), authority.CodeNoSuchGrant},
		{"an account there is not", admin(syncproto.CommandWriteOff, other(func(c *authority.WriteOff) { c.Month-- })), syncproto.CodeNotThere},
		{"a right", admin(syncproto.CommandWriteOff, other(func(c *authority.WriteOff) { c.Grant = right })), authority.CodeNothingLeft},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.t = t
			s.refused(c.given, c.code)
		})
	}
	s.t = t
	s.operate(syncproto.CommandWriteOff, lost)
	s.refused(admin(syncproto.CommandWriteOff, lost), authority.CodeGrantDead)
}

// A lost laptop is written off by name, with the reason; what it had is free again, and
// nothing comes back from it a second time. What turns up used is charged, and is a breach
// as far as it is no longer free (A6 a, b).
func TestWriteOff(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	grant := s.only(laptop)
	s.spend(november, laptop, 1000*yuan)
	r := s.operate(syncproto.CommandWriteOff, authority.WriteOff{Manager: Manager, Month: november, Grant: grant, Reason: "笔记本遗失"})
	if e, _ := r.Events()[0].(authority.WrittenOff); e.Amount != 5000*yuan || e.Operator != "admin" || e.Reason != "笔记本遗失" || e.At != Morning {
		t.Fatalf("%+v", r.Events())
	}
	if b := s.body(november); b.Free() != 5000*yuan || b.Spent() != 1000*yuan {
		t.Fatalf("free %v, spent %v", b.Free(), b.Spent())
	}
	dead := s.body(november)
	s.accepted(s.returning(november, laptop, syncproto.Share{Grant: grant, Amount: 2000 * yuan}))
	if b := s.body(november); !reflect.DeepEqual(b, dead) || b.Reserved() != 0 {
		t.Fatalf("a Return of a dead grant makes %+v of %+v", b, dead)
	}
	s.meet(november, tablet)
	s.charge(november, grant, 700*yuan)
	if b := s.body(november); b.Over() != 700*yuan || b.Reserved() != 5000*yuan {
		t.Fatalf("over %v, reserved %v", b.Over(), b.Reserved())
	}
}

// §13: headquarters' two desks set another limit, one of them offline: who has not seen the other's
// does not replace it.
func TestLimitSetBySomebodyElse(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	saw := s.body(november).Limit
	s.operate(syncproto.CommandSetLimit, limit(5000*yuan))
	stale := limit(8000 * yuan)
	stale.Saw = saw
	s.refused(Given{Kind: syncproto.CommandSetLimit, Command: stale, Operator: "admin"}, syncproto.CodeChanged)
	stale.Saw = 5000 * yuan
	s.operate(syncproto.CommandSetLimit, stale)
	if b := s.body(november); b.Limit != 8000*yuan {
		t.Fatalf("%+v", b)
	}
}
