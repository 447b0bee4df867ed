// Package ledgertest is a real ledger on a real store with a small organisation, and desks
// that sign: what the tests of the ledger, of publication and of the gateway begin with.
//
// It promises that nothing in it is pretended: every person, device and command went
// through the ledger as it would in a server. Time stands still until a test moves it.
package ledgertest

import (
	"context"
	"crypto/ed25519"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// Morning is when a World begins: 2026-11-23 09:00 in Shanghai.
const Morning syncproto.Instant = 1_795_395_600_000_000

// World is a ledger with an organisation.
type World struct {
	T      *testing.T
	Path   string
	Store  *store.Store
	Ledger *ledger.Ledger
	Now    syncproto.Instant

	CallCentre, East, West, Department, Headquarters syncproto.ID // units
	Seat, Manager, Liaison, Administrator            syncproto.ID // persons

	ids atomic.Uint64 // sessions ask for ids too, each on its own goroutine
}

// New makes a world in a file of its own.
func New(t *testing.T) *World {
	t.Helper()
	return NewAt(t, filepath.Join(t.TempDir(), store.File))
}

// NewAt makes a world in a new file at the path, for whoever wants to keep it.
func NewAt(t *testing.T, path string) *World {
	t.Helper()
	w := &World{T: t, Path: path, Now: Morning}
	w.Store = w.open()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	err := w.Store.Initialise(context.Background(), store.Identity{
		LogID: w.ID(), Epoch: 1, ServerKey: key, OperatorDevice: w.ID(), OperatorKey: public})
	if err != nil {
		t.Fatal(err)
	}
	w.Ledger = w.load()
	w.Own(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)})
	unit := func(name string, kind organisation.UnitKind) syncproto.ID {
		id := w.ID()
		w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id, Unit: organisation.Unit{Name: name, Kind: kind}})
		return id
	}
	w.CallCentre, w.East, w.West = unit("呼叫中心", organisation.CallCentre), unit("华东区", organisation.Region), unit("西北区", organisation.Region)
	w.Department, w.Headquarters = unit("互联网车机部", organisation.Department), unit("总部服务部", organisation.Headquarters)
	w.Seat = w.Person("wang", policy.Seat, w.CallCentre)
	w.Manager = w.Person("li", policy.Manager, w.East)
	w.Liaison = w.Person("chen", policy.Liaison, w.Department)
	w.Administrator = w.Person("zhou", policy.Administration, w.Headquarters)
	return w
}

// ID is the next new id.
func (w *World) ID() syncproto.ID {
	return syncproto.Derive("of this world", syncproto.NumberedID(w.ids.Add(1)))
}

func (w *World) open() *store.Store {
	w.T.Helper()
	s, err := store.Open(context.Background(), w.Path)
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.T.Error(err)
		}
	})
	return s
}

func (w *World) load() *ledger.Ledger {
	w.T.Helper()
	w.LoadFrom(w.Store)
	return w.Ledger
}

// LoadFrom reads the log through another store, say one whose writing a test lets fail.
func (w *World) LoadFrom(s ledger.Store) {
	w.T.Helper()
	l, err := ledger.Open(context.Background(), s, w.ID, zerolog.Nop())
	if err != nil {
		w.T.Fatal(err)
	}
	w.Ledger = l
}

// Restart opens the log again as after a crash: nothing was closed.
func (w *World) Restart() {
	w.T.Helper()
	w.Store = w.open()
	w.Ledger = w.load()
}

// Own has a command of the server's own decided, in an operator's name.
func (w *World) Own(kind syncproto.CommandKind, command any) syncproto.Verdict {
	w.T.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		w.T.Fatal(err)
	}
	if !kind.OfServer() {
		intent.Operator = "周敏"
	}
	return w.Commit(w.Ledger.Own(intent, w.Now))[0].Verdict
}

// Commit decides submissions as one batch, a second later.
func (w *World) Commit(submissions ...ledger.Submission) []ledger.Result {
	w.T.Helper()
	w.Now = w.Now.Add(syncproto.Second)
	results, err := w.Ledger.Commit(context.Background(), w.Now, submissions)
	if err != nil {
		w.T.Fatal(err)
	}
	return results
}

// Person makes a person.
func (w *World) Person(login string, role policy.Role, units ...syncproto.ID) syncproto.ID {
	w.T.Helper()
	id := w.ID()
	w.Redefine(id, organisation.Person{Name: login, Login: login, Roles: []policy.Role{role}, Units: units})
	return id
}

// Redefine changes a person.
func (w *World) Redefine(id syncproto.ID, p organisation.Person) {
	w.T.Helper()
	if v := w.Own(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: p}); v.Outcome != syncproto.Accepted {
		w.T.Fatalf("person %s was %v: %v", p.Login, v.Outcome, v.Findings)
	}
}

// Verify audits the whole log.
func (w *World) Verify() {
	w.T.Helper()
	report, err := audit.Run(context.Background(), w.Store)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, line := range report.Wrong {
		w.T.Errorf("verify: %s", line)
	}
}

// Document is a document as the server holds it.
func (w *World) Document(ref syncproto.Ref) (store.Document, bool) {
	w.T.Helper()
	var d store.Document
	var there bool
	err := w.Store.View(context.Background(), func(v *store.View) (err error) {
		d, there, err = v.Document(ref)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return d, there
}

// Command is what the table of commands says now.
func (w *World) Command(id syncproto.ID) store.Command {
	w.T.Helper()
	var c store.Command
	err := w.Store.View(context.Background(), func(v *store.View) (err error) {
		c, _, err = v.Command(id)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return c
}

// Payload is what an entry says.
func (w *World) Payload(seq uint64) (p syncproto.Payload) {
	w.T.Helper()
	err := w.Store.View(context.Background(), func(v *store.View) error {
		e, _, err := v.Entry(seq)
		if err != nil {
			return err
		}
		return syncproto.Decode(e.Payload, &p)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return p
}

// Open is a command that opens a ticket of a region.
func (w *World) Open(id, region syncproto.ID, number string) ticket.Open {
	o := ticket.Open{ID: id, Number: number, Channel: "400热线", Board: "智能功能", Type: "投诉", Category: "产品质量",
		Subject: "远程控制失败", Region: region, CallCentre: w.CallCentre}
	o.Customer = customer.Caller{ID: syncproto.Derive("customer", id), Name: "刘洋", Phones: []string{"13800000000"}}
	return o
}
