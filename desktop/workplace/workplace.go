// Package workplace is one machine where people of several shifts work: it opens the data
// folder, knows who has a replica in it, lets a person in, and keeps every replica's line
// to the server.
//
// It promises, in order of importance:
//
//  1. Nothing done at the machine is left lying: the line of every replica in the folder
//     is kept from the moment the machine is open, so the next shift hands in what the
//     last one did. Without its person a replica hands in and receives nothing.
//  2. One person's damaged file keeps nobody else from working: the damage is told to
//     whoever logs in there.
//  3. Who has logged in here once can do so without the server, and works as with it.
//
// It joins replica, syncclient and present, so that the windows know none of the first
// two's threads: Give and the readings may be called from any goroutine, and whoever
// watches is told after every change.
package workplace

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"redress/desktop/diskcrypt"
	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/syncproto"
)

// World is what only main can give.
type World struct {
	syncclient.World
	NewKey func() (ed25519.PrivateKey, error)
	Random func(n int) ([]byte, error)
	// Keychain is the system's; nil where there is none that can be used.
	Keychain replica.Keychain
	// Disk asks the system whether the disk under a folder is encrypted; it may take its time.
	// nil where nobody can tell.
	Disk    func(ctx context.Context, dir string) diskcrypt.State
	Machine string // its name, for the operator
	Words   present.Words
}

// Machine is the data folder with the replicas in it.
type Machine struct {
	dir    string
	folder *replica.Folder
	world  World
	ctx    context.Context //nolint:containedctx // ends with Close, as the lines do
	cancel context.CancelFunc
	lines  sync.WaitGroup
	// closing is held while something is started beside the lines, and while they are ended.
	closing sync.Mutex

	disk atomic.Uint32 // what the system says of the disk, a diskcrypt.State

	mu     sync.Mutex
	places map[string]*Workplace
}

// Open takes the folder and takes up the line of every replica in it. If another window
// has the folder, the error is a Problem with replica.CodeInUse.
func Open(dir string, world World) (*Machine, error) {
	folder, err := replica.OpenFolderWith(dir, world.Keychain)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &Machine{dir: dir, folder: folder, world: world, ctx: ctx, cancel: cancel, places: map[string]*Workplace{}}
	if world.Disk != nil {
		m.start(func() { m.disk.Store(uint32(world.Disk(ctx, dir))) })
	}
	logins, err := folder.Logins()
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	for _, login := range logins {
		if _, err := m.place(login); err != nil {
			world.Log.Error().Err(err).Msg("a replica did not open")
		}
	}
	return m, nil
}

// Logins are the people who can log in here, in alphabetical order.
func (m *Machine) Logins() ([]string, error) { return m.folder.Logins() }

// Disk is what the system says of the disk that the folder lies on, as far as it has said so.
func (m *Machine) Disk() diskcrypt.State {
	return diskcrypt.State(m.disk.Load())
}

// place is the login's workplace, opened where it is not yet.
func (m *Machine) place(login string) (*Workplace, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if w, open := m.places[login]; open {
		return w, nil
	}
	w := &Workplace{world: m.world}
	r, err := m.folder.Open(m.ctx, login, w.note)
	if errors.Is(err, &syncproto.Problem{Code: replica.CodeDamaged}) {
		// What the person has to keep a copy of is the whole folder.
		return nil, fmt.Errorf("%w: %w", &syncproto.Problem{Code: replica.CodeDamaged, Doing: "opening a replica", Detail: filepath.Join(m.dir, login)}, err)
	}
	if err != nil {
		return nil, err
	}
	return w, m.take(login, w, r)
}

// take puts a replica at its workplace and begins its line. The lock is held.
func (m *Machine) take(login string, w *Workplace, r *replica.Replica) error {
	address, err := syncclient.ParseAddress(r.Owner().Server)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	w.Desk = present.Desk{Replica: r, Words: m.world.Words}
	w.server = syncclient.Server{Address: address}
	w.client = syncclient.NewClient(r, w.server, m.world.World, w.report)
	w.life, w.start, w.disk = m.ctx, m.start, m.Disk
	m.places[login] = w
	m.lines.Go(func() { w.client.Run(m.ctx) })
	return nil
}

// start does something beside everything else, to be over before the machine is closed;
// false where it is closing.
func (m *Machine) start(do func()) bool {
	m.closing.Lock()
	defer m.closing.Unlock()
	if m.ctx.Err() != nil {
		return false
	}
	m.lines.Go(do)
	return true
}

// Newcomer is what a person types to be known on this machine.
type Newcomer struct {
	Server, Login, Code, Password string
}

// Enrol makes a new device of the server's for a person, and lets them in. Errors are
// Problems. Where the person has enrolled here and only the log-in failed, the error is
// the log-in's.
func (m *Machine) Enrol(ctx context.Context, n Newcomer) (*Workplace, error) {
	address, err := syncclient.ParseAddress(n.Server)
	if err != nil {
		return nil, err
	}
	key, err := m.world.NewKey()
	if err != nil {
		return nil, fmt.Errorf("making a device key: %w", err)
	}
	if err := m.leaveErased(n.Login); err != nil {
		return nil, err
	}
	w := &Workplace{world: m.world}
	r, err := syncclient.Enrol(ctx, m.folder, syncclient.Server{Address: address}, syncclient.Newcomer{
		Code: n.Code, Login: n.Login, Machine: m.world.Machine, Key: key, Incarnation: m.world.NewID()}, w.note)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	err = m.take(n.Login, w, r)
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return m.LogIn(ctx, n.Login, n.Password)
}

// Return is what a person types where the server has forgotten this computer.
type Return struct {
	Login, Code, Password string
}

// EnrolAgain makes the device of a folder here known again to a server that was restored to a
// state from before it was, and lets its person in. What was done on it stays and is handed in.
// Errors are Problems. Where only the log-in failed, the error is the log-in's.
func (m *Machine) EnrolAgain(ctx context.Context, back Return) (*Workplace, error) {
	w, err := m.place(back.Login)
	if err != nil {
		return nil, err
	}
	if err := syncclient.EnrolAgain(ctx, w.Replica, w.server, syncclient.Return{
		Code: back.Code, Machine: m.world.Machine, Incarnation: m.world.NewID()}); err != nil {
		return nil, err
	}
	w.client.Retry() // whoever logs in then or not: what was done is handed in
	return m.LogIn(ctx, back.Login, back.Password)
}

// leaveErased lets go of what is left of the login's device where that was revoked. As long as it is not
// buried the place has its key, and is no other's: that would be given up with it.
func (m *Machine) leaveErased(login string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, open := m.places[login]
	if !open {
		return nil
	}
	if !w.Replica.Buried() {
		return &syncproto.Problem{Code: syncproto.CodeAlready, Doing: "making a replica", Detail: filepath.Join(m.dir, login)}
	}
	delete(m.places, login)
	return w.Replica.Close()
}

// LogIn lets a person in: with the server's word, or without it after the first time.
// Errors are Problems (see syncclient.LogIn), or tell of a damaged file.
func (m *Machine) LogIn(ctx context.Context, login, password string) (*Workplace, error) {
	w, err := m.place(login)
	if err != nil {
		return nil, err
	}
	if w.Replica.Erased() {
		return nil, &syncproto.Problem{Code: syncproto.CodeRevoked, Doing: "logging in"}
	}
	salt, err := m.world.Random(replica.SaltLength)
	if err != nil {
		return nil, fmt.Errorf("logging in: %w", err)
	}
	session, err := syncclient.LogIn(ctx, w.Replica, w.server, password, m.world.Read(), salt)
	if err != nil {
		return nil, err
	}
	w.client.Use(session)
	return w, nil
}

// Close takes leave of the server and gives the folder free.
func (m *Machine) Close() error {
	m.closing.Lock()
	m.cancel()
	m.closing.Unlock()
	m.lines.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	var failed []error
	for _, w := range m.places {
		failed = append(failed, w.Replica.Close())
	}
	return errors.Join(slices.Concat(failed, []error{m.folder.Close()})...)
}

// Workplace is one person's replica with its line.
type Workplace struct {
	present.Desk
	world   World
	server  syncclient.Server
	client  *syncclient.Client
	watch   atomic.Pointer[replica.Changed]
	trouble atomic.Pointer[syncproto.Code]
	roll    roll
	life    context.Context   //nolint:containedctx // the machine's, as its lines have it
	start   func(func()) bool // beside everything else
	disk    func() diskcrypt.State
}

// Watch has do called after every change of what is shown, from whichever goroutine made
// it, with the documents that may be shown differently now; nil ends it. It must not wait.
func (w *Workplace) Watch(do replica.Changed) {
	if do == nil {
		w.watch.Store(nil)
		return
	}
	w.watch.Store(&do)
}

// note is told of every commit of the replica.
func (w *Workplace) note(refs []syncproto.Ref) {
	if do := w.watch.Load(); do != nil {
		(*do)(refs)
	}
}

// tell says that no document has changed, but something else that is shown.
func (w *Workplace) tell() { w.note(nil) }

// report is told of every change of the line.
func (w *Workplace) report(s syncclient.State) {
	if s.Online && s.HandsInOnly && s.Trouble != "" { // not where nobody has logged in yet
		s.Trouble = syncclient.CodeHandsIn
	}
	w.trouble.Store(&s.Trouble)
	w.tell()
}

// Trouble is why there is no line, "" where there is nothing to say.
func (w *Workplace) Trouble() syncproto.Code {
	if code := w.trouble.Load(); code != nil {
		return *code
	}
	return ""
}

// Refused says that the server has refused the password of who worked here: they are to log in anew.
func (w *Workplace) Refused() bool { return w.client.Refused() }

// Read is what the clocks show.
func (w *Workplace) Read() syncproto.Reading { return w.world.Read() }

// NewID makes an id.
func (w *Workplace) NewID() syncproto.ID { return w.world.NewID() }

// Give keeps the commands of a form, in order and all together, on the disk before it returns,
// and has them sent where there is a line. Where one is refused none is kept.
func (w *Workplace) Give(ctx context.Context, wishes []replica.Wish) error {
	if _, err := w.Replica.TapAll(ctx, wishes, func() replica.Moment {
		return replica.Moment{ID: w.world.NewID(), Reading: w.world.Read()}
	}); err != nil {
		return err
	}
	w.client.Grew()
	return nil
}

// Retry tries to reach the server now.
func (w *Workplace) Retry() { w.client.Retry() }

// Leave lets nobody read from the server any more until the next log-in; what was done is
// still handed in.
func (w *Workplace) Leave() {
	w.Watch(nil)
	w.forgetRoll()
	w.client.Use(syncclient.Session{})
}

// View is what the person sees.
func (w *Workplace) View() present.Desk {
	d := w.Desk
	if w.disk != nil {
		d.Disk = w.disk()
	}
	return d
}
