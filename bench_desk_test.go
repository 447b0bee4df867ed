package redress_test

import (
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/desktop/workplace"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

var (
	benchHolds  = flag.Int("holds", 300, "how many tickets the desk holds that the figures of a desk are taken with")
	benchFolder = flag.String("folder", "", "where that desk's data folder is made and kept; a temporary one if empty")
)

// deskForm tells desks apart that were made in another way; another number makes them anew.
const deskForm = 2

// TestADeskOfTheFigures makes the desk that desktop/replica and desktop/ui take their
// figures with, once: a seat's, who has every ticket of the call centre.
//
// It comes about as a desk does: the seat enrols on a machine and logs in, over a socket, at
// a server whose log holds so many tickets, and everything reaches the replica by the
// session. The log is cast like that of the tick (bench_log_test.go), and it verifies: each
// ticket has a number, a customer with a name and a telephone number, a car, a subject and a
// place of its own, a note, and a promise.
//
// Not as in life: names, subjects and places are of few kinds, so that what is searched for
// fits very many; all tickets were opened in one moment and wait for the same one.
func TestADeskOfTheFigures(t *testing.T) {
	w := ledgertest.New(t)
	m := &benchMoulds{World: w}
	for n := range benchRegions {
		m.regions = append(m.regions, m.unit(0, fmt.Sprintf("%d区", n+1), organisation.Region))
	}
	mould := m.ofADesk()
	dir, key := *benchFolder, fmt.Sprintf("%d %d %s", deskForm, *benchHolds, m.key(t))
	if dir == "" {
		dir = filepath.Join(t.TempDir(), "desk")
	}
	made := dir + ".made-of" // written last
	if before, err := os.ReadFile(made); err == nil && string(before) == key {
		return
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(filepath.Dir(dir), 0o700)); err != nil {
		t.Fatal(err)
	}
	m.cast(*benchHolds-1, func(n int) (*ledgertest.Mould, [][]byte) { return mould, m.deskNames(n+1, mould.Slots()) })
	w.LoadFrom(w.Store)
	if *benchHolds < 10_000 { // in small what is made in large
		w.Verify()
	}
	fetch(t, w, dir)
	checkHolds(t, dir)
	if err := os.WriteFile(made, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The texts of the tickets: those of a kind are of the same length, as a mould needs it.
var (
	deskNames    = []string{"刘洋", "王芳", "张伟", "李娜", "陈静", "杨磊", "赵敏", "黄涛", "周婷", "吴刚"}
	deskSubjects = []string{"远程控制失败", "中控屏幕黑屏", "充电经常跳枪", "空调不够制冷", "配件长期缺货", "仪表一直报警", "座椅转弯异响", "倒车影像花屏"}
	deskPlaces   = []string{"地下车库", "公司楼下", "小区门口", "商场门前", "机场高速"}
)

// deskTexts are the names of the nth ticket, besides the ids that are its own: a telephone
// number of eleven digits, a VIN of seventeen signs.
func deskTexts(n int) (number, name, phone, vin, subject, place string) {
	return fmt.Sprintf("B%03d-%05d", n/100_000, n%100_000), deskNames[n%len(deskNames)], fmt.Sprintf("13%09d", n*104729%1_000_000_000),
		fmt.Sprintf("LSVAA4182E%07d", n*7919%10_000_000), deskSubjects[n%len(deskSubjects)], deskPlaces[n/7%len(deskPlaces)]
}

// ofADesk is the mould of those tickets.
func (m *benchMoulds) ofADesk() *ledgertest.Mould {
	number, name, phone, vin, subject, place := deskTexts(0)
	id := m.ID()
	open := m.Open(id, m.regions[0], number)
	open.Subject, open.Customer.Name, open.Customer.Phones, open.Vehicle = subject, name, []string{phone}, customer.Car{VIN: vin, Model: "远行"}
	open.Description = "车主反映车停在" + place + "时出现，已到店检测两次，未能解决，要求尽快给出处理方案。"
	vehicle := customer.VehicleID(vin)
	names := [][]byte{[]byte(number), []byte(name), []byte(phone), []byte(vin), []byte(subject), []byte(place), m.regions[0][:], vehicle[:], id[:], open.Customer.ID[:]}
	return m.Record(names, m.intent(syncproto.CommandOpen, open),
		m.intent(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "已联系服务站核实，等待配件到货时间。"}),
		m.intent(syncproto.CommandPromise, ticket.Promise{Ticket: id, What: "专员回电", Due: m.Now.Add(benchFar)}))
}

// deskNames are the names of the nth ticket, in the order of the mould.
func (m *benchMoulds) deskNames(n, slots int) [][]byte {
	number, name, phone, vin, subject, place := deskTexts(n)
	region, vehicle := m.regions[n%benchRegions], customer.VehicleID(vin)
	return withIDs([][]byte{[]byte(number), []byte(name), []byte(phone), []byte(vin), []byte(subject), []byte(place), region[:], vehicle[:]}, n, slots)
}

// fetch has the seat come to a new machine, and waits until it holds all that is theirs.
func fetch(t *testing.T, w *ledgertest.World, dir string) {
	t.Helper()
	started := time.Now()
	clock := func() syncproto.Instant { return syncproto.InstantOf(time.Now()) } // sockets wait by it
	served := gatewaytest.Serve(w.Store, w.Ledger, w.ID, clock, zerolog.Nop())
	defer func() {
		if err := served.Close(); err != nil {
			t.Error(err)
		}
	}()
	code, _, err := served.Access.IssueCode(t.Context(), clock(), w.Seat, "周敏")
	if err = errors.Join(err, served.Access.SetPassword(t.Context(), w.Seat, gatewaytest.Password)); err != nil {
		t.Fatal(err)
	}
	words, err := present.LoadWords("zh")
	if err != nil {
		t.Fatal(err)
	}
	boot := w.ID()
	seed := w.ID()
	machine, err := workplace.Open(dir, workplace.World{
		World: syncclient.World{
			Read: func() syncproto.Reading {
				return syncproto.Reading{Wall: clock(), Boot: boot, Ticks: syncproto.SpanOf(time.Since(started))}
			},
			NewID: w.ID, Jitter: func() float64 { return 0 }, Program: "figures", Log: zerolog.New(os.Stderr).Level(zerolog.WarnLevel),
		},
		NewKey: func() (ed25519.PrivateKey, error) {
			return ed25519.NewKeyFromSeed(append(seed[:], seed[:]...)), nil
		},
		Random:  func(n int) ([]byte, error) { return make([]byte, n), nil },
		Machine: "PC", Words: words,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := machine.Close(); err != nil {
			t.Error(err)
		}
	}()
	seat, err := machine.Enrol(t.Context(), workplace.Newcomer{Server: served.URL, Login: "wang", Code: code, Password: gatewaytest.Password})
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan struct{}, 1)
	seat.Watch(func([]syncproto.Ref) {
		select {
		case changed <- struct{}{}:
		default: // it is said already
		}
	})
	for {
		status, err := seat.Replica.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if status.Current && status.Cursor >= w.Ledger.Head().Seq {
			return
		}
		if trouble := seat.Trouble(); trouble != "" {
			t.Fatalf("the desk's line: %s, at %+v", trouble, status)
		}
		<-changed
	}
}

// checkHolds sees to it that the desk has every ticket, with all that happened to it.
func checkHolds(t *testing.T, dir string) {
	t.Helper()
	folder, err := replica.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := folder.Open(t.Context(), "wang", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(r.Close(), folder.Close()); err != nil {
			t.Error(err)
		}
	}()
	open, err := r.CountOpen(t.Context(), syncproto.KindTicket)
	if err != nil || open != *benchHolds {
		t.Errorf("the desk holds %d tickets of %d: %v", open, *benchHolds, err)
	}
	for _, n := range []int{0, *benchHolds / 2, *benchHolds - 1} {
		number, name, phone, vin, subject, _ := deskTexts(n)
		found, err := r.Find(t.Context(), replica.ReadQuery(number), replica.Place{}, 10)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s finds %d: %v", number, len(found), err)
		}
		body, _ := found[0].Body.(ticket.Body)
		steps, err := r.History(t.Context(), found[0].Ref)
		if k := found[0].Known; err != nil || len(steps) < 3 || body.Subject != subject || k.Name != name || k.Phones[0] != phone || k.VIN != vin {
			t.Errorf("%s is %q of %+v with %d steps: %v", number, body.Subject, k, len(steps), err)
		}
	}
}
