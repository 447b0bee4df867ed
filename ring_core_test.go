package redress_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"redress/desktop/boottime"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/syncproto"
)

// The core of a desk as a process of its own: the real replica on real files, the real client
// on a real socket, and instead of a window a person who works as fast as the disk. The test
// program starts itself again as one, so that it can be killed; where there are hundreds, and
// nobody kills them, they live in the test's own process. Of this file and ring_work_test.go a
// core of an earlier version is built too, so they use what has been there since the first
// release; what only later ones can stands in ring_later_test.go.
//
// What it is told, a line each, on its standard input:
//
//	tap N     give N commands; 0: until it dies
//	later N   try to give N commands of kinds that the first release does not know
//	show      say what it shows
//	log-in    with the server's word, again and again until it is given
//	retry     reach the server now, as the button does
//	look N    say how far it has come as of now, under that number
//	leave     take leave and end
//
// What it says, a line each, written at once:
//
//	kept ID COUNTER           a command, after the tap returned: the person takes it as done
//	verdict ID OUTCOME SEQ    the newest on a command, after it was kept
//	left GRANT FEN            of a grant, after an approval that charges it
//	at CURSOR CURRENT WAITING LINE N  how far it has come, as of the last look it was told to take or later
//	refused KIND WHY          a wish that was not kept, which is part of life
//	tapped                    what it was told to give, it has tried to
//	shows ID KIND VERSION KINDS HEX  a document as the program reads it, with its history's kinds of events
//	shown                     that was all it shows

// coreOrders is the environment that makes this program a core.
const coreOrders = "REDRESS_DESK_CORE"

// deskOrders are what a core needs to begin.
type deskOrders struct {
	Folder, Server, Login, Password string
	Code                            string // to enrol with; "" where it has
	Seed                            uint64
}

func TestMain(m *testing.M) {
	if orders := os.Getenv(coreOrders); orders != "" {
		if err := runCore(orders, os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// core is one that runs.
type core struct {
	ctx     context.Context
	orders  deskOrders
	out     io.Writer
	log     io.Writer
	folder  *replica.Folder
	replica *replica.Replica
	client  *syncclient.Client
	server  syncclient.Server
	read    func() syncproto.Reading
	dice    *mathrand.Rand
	changed chan struct{}
	moved   bool // the month's authority to this device, by what it did last (ring_later_test.go)

	speaking sync.Mutex
	told     map[syncproto.ID]syncproto.Outcome
	at       string
	state    syncclient.State
	asked    int // number of the last look
}

func runCore(text string, in io.Reader, out, log io.Writer) error {
	var orders deskOrders
	if err := json.Unmarshal([]byte(text), &orders); err != nil {
		return err
	}
	c, err := newCore(orders, out, log)
	if err != nil {
		return err
	}
	return c.live(in)
}

// newCore opens what a core works with.
func newCore(orders deskOrders, out, log io.Writer) (*core, error) {
	c := &core{ctx: context.Background(), orders: orders, out: out, log: log, read: readClock(),
		dice: mathrand.New(mathrand.NewPCG(orders.Seed, 1)), changed: make(chan struct{}, 1), told: map[syncproto.ID]syncproto.Outcome{}}
	address, err := syncclient.ParseAddress(orders.Server)
	if err != nil {
		return nil, err
	}
	c.server = syncclient.Server{Address: address}
	if c.folder, err = replica.OpenFolder(orders.Folder); err != nil {
		return nil, err
	}
	if c.replica, err = c.open(c.folder); err != nil {
		return nil, errors.Join(err, c.folder.Close())
	}
	c.client = syncclient.NewClient(c.replica, c.server, syncclient.World{Read: c.read, NewID: coreID, Jitter: mathrand.Float64,
		Program: "core", Log: zerolog.New(log).Level(zerolog.WarnLevel)}, c.report)
	return c, nil
}

// live obeys until it is to leave.
func (c *core) live(in io.Reader) error {
	running, stop := context.WithCancel(c.ctx)
	var loops sync.WaitGroup
	loops.Go(func() { c.client.Run(running) })
	loops.Go(func() { c.tellChanges(running) })
	err := c.obey(in)
	stop()
	loops.Wait()
	return errors.Join(err, c.replica.Close(), c.folder.Close())
}

// open opens the replica, or enrols and makes it.
func (c *core) open(folder *replica.Folder) (*replica.Replica, error) {
	if c.orders.Code == "" {
		return folder.Open(c.ctx, c.orders.Login, c.note)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return syncclient.Enrol(c.ctx, folder, c.server, syncclient.Newcomer{Code: c.orders.Code, Login: c.orders.Login,
		Machine: "core", Key: key, Incarnation: coreID()}, c.note)
}

// readClock reads the machine's clock, of a program of whichever version: opening it could fail
// in the first release.
func readClock() func() syncproto.Reading {
	switch open := any(boottime.Open).(type) {
	case func() *boottime.Clock:
		return open().Read
	case func() (boottime.Clock, error):
		clock, err := open()
		if err != nil {
			panic(err)
		}
		return clock.Read
	}
	panic("the clock is opened in another way")
}

func coreID() syncproto.ID { return syncproto.ID(uuid.Must(uuid.NewV7())) }

// obey does what it is told until it is to leave, or nobody is there to tell it.
func (c *core) obey(in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		what, number, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case "tap":
			n, err := strconv.Atoi(number)
			if err != nil {
				return err
			}
			go c.work(n)
		case "later":
			n, err := strconv.Atoi(number)
			if err != nil {
				return err
			}
			go c.later(n)
		case "show":
			if err := c.show(); err != nil {
				return err
			}
		case "log-in":
			go c.logIn()
		case "retry":
			c.client.Retry()
		case "look":
			n, err := strconv.Atoi(number)
			if err != nil {
				return err
			}
			c.speaking.Lock()
			c.asked = n
			c.speaking.Unlock()
			c.note(nil)
		case "leave":
			return nil
		default:
			return fmt.Errorf("a core does not know what %q is", what)
		}
	}
	return errors.New("nobody is there any more")
}

// show says of every ticket and claim what a window of this program has of it: all that it makes
// of the body, and how much happened.
func (c *core) show() error {
	for _, list := range []struct {
		kind syncproto.DocKind
		open bool
	}{{syncproto.KindTicket, true}, {syncproto.KindTicket, false}, {syncproto.KindClaim, true}, {syncproto.KindClaim, false}} {
		var after replica.Key
		for {
			rows, err := c.replica.List(c.ctx, list.kind, list.open, after, replica.MaxWindow)
			if err != nil {
				return err
			}
			for _, row := range rows {
				steps, err := c.replica.History(c.ctx, row.Ref)
				if err != nil {
					return err
				}
				kinds := make([]string, len(steps))
				for n, step := range steps {
					kinds[n] = strconv.FormatUint(uint64(step.Event.Kind), 10)
				}
				c.say("shows", row.Ref.ID, uint64(row.Ref.Kind), row.Version, strings.Join(kinds, ","), hex.EncodeToString(syncproto.MustEncode(row.Body)))
				after = row.Key()
			}
			if len(rows) < replica.MaxWindow {
				break
			}
		}
	}
	c.say("shown")
	return nil
}

// logIn asks until it is let in: the server slows down whoever asks often.
func (c *core) logIn() {
	for {
		salt := make([]byte, replica.SaltLength)
		if _, err := rand.Read(salt); err != nil {
			panic(err)
		}
		session, err := syncclient.LogIn(c.ctx, c.replica, c.server, c.orders.Password, c.read(), salt)
		if err == nil {
			c.client.Use(session)
			return
		}
		fmt.Fprintln(c.log, "log-in:", err)
		<-time.After(time.Second)
	}
}

// note is told of every commit.
func (c *core) note([]syncproto.Ref) {
	select {
	case c.changed <- struct{}{}:
	default: // it will look
	}
}

func (c *core) report(s syncclient.State) {
	c.speaking.Lock()
	c.state = s
	c.speaking.Unlock()
	c.note(nil)
}

// tellChanges says what has changed on the disk.
func (c *core) tellChanges(ctx context.Context) {
	for {
		if err := c.tellOnce(); err != nil {
			panic(err)
		}
		select {
		case <-c.changed:
		case <-ctx.Done():
			return
		}
	}
}

func (c *core) tellOnce() error {
	c.speaking.Lock()
	asked := c.asked // before it looks: what it finds is of then, or later
	c.speaking.Unlock()
	made, err := c.replica.Recent(c.ctx)
	if err != nil {
		return err
	}
	for _, one := range slices.Backward(made) {
		if v := one.Verdict; v != nil && c.told[one.Intent.ID] != v.Outcome {
			c.told[one.Intent.ID] = v.Outcome
			c.say("verdict", one.Intent.ID, v.Outcome, v.Seq)
		}
	}
	status, err := c.replica.Status(c.ctx)
	if err != nil {
		return err
	}
	c.speaking.Lock()
	line := "away"
	switch {
	case c.state.Online && c.state.HandsInOnly:
		line = "hands-in"
	case c.state.Online:
		line = "online"
	}
	c.speaking.Unlock()
	if at := fmt.Sprintln(status.Cursor, status.Current, status.Waiting, line, asked); at != c.at {
		c.at = at
		c.say("at", status.Cursor, status.Current, status.Waiting, line, asked)
	}
	return nil
}

// say says a line. It is written whole and at once: whoever reads it holds the disk to it.
func (c *core) say(words ...any) {
	c.speaking.Lock()
	_, err := fmt.Fprintln(c.out, words...)
	c.speaking.Unlock()
	if err != nil {
		os.Exit(1) // whom it is said to is gone
	}
}
