package redress_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// earlier is a release, from this repository's own history: the last commit of its issue. There
// the release has programs that can be run; the first one's golden log (55a7027) is from before there
// was any.
type earlier struct {
	name, commit string
	demo         []string // further flags of its seed-demo
	// meets are kinds of events that a desk of the release does not know and has to meet here.
	meets []syncproto.EventKind
}

// noHistory makes the office alone.
var noHistory = []string{"--tickets", "0"}

var earlierVersions = []earlier{
	{"release 1, protocol 1, the oldest still spoken", "876ec7b", nil, []syncproto.EventKind{
		syncproto.EventProposed, syncproto.EventProposalAccepted, syncproto.EventProposalRefused, syncproto.EventFinallyResponded,
		syncproto.EventClosed, syncproto.EventReopened, syncproto.EventClaimMoved, syncproto.EventClaimAmended, syncproto.EventClaimSentBack,
		syncproto.EventClaimRoutedUp, syncproto.EventApprovalReversed, syncproto.EventAuthorityMoved, syncproto.EventDeviceRevoked}},
	{"release 2, protocol 2", "fa1523a", noHistory, []syncproto.EventKind{syncproto.EventDeviceRevoked}},
	{"release 3, protocol 2", "f8cd2de", noHistory, []syncproto.EventKind{syncproto.EventDeviceRevoked}},
	{"release 4, protocol 3 as it was released", "d25cd83", noHistory, nil},
}

// TestEarlierVersions: desks and servers of two releases work with each other as with their
// like, both ways: commands, approvals and escalations, and everybody has one history
// (invariant 18). What was done without a line by the earlier desk, the later one hands in. What
// is done at later desks of kinds that an earlier one does not know, on what that holds too, is
// there with its history and shown as far as its program knows it (design §3); of an earlier
// server, whose policy gives nobody a right to it, it is refused at the tap, and never kept.
//
// It builds the earlier programs, so it asks for VERSIONS=1: make versions.
func TestEarlierVersions(t *testing.T) {
	if os.Getenv("VERSIONS") == "" {
		t.Skip("asked for by make versions")
	}
	for _, e := range earlierVersions {
		t.Run(e.name, func(t *testing.T) { e.play(t) })
	}
}

// tree is the earlier version's source, its own tests at the top put aside for a core's.
func (e earlier) tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	archive := exec.CommandContext(t.Context(), "git", "archive", "--format=tar", "-o", filepath.Join(dir, "tree.tar"), e.commit)
	unpack := exec.CommandContext(t.Context(), "tar", "-xf", "tree.tar")
	unpack.Dir = dir
	for _, c := range []*exec.Cmd{archive, unpack} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c.Args, err, out)
		}
	}
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tests {
		err = errors.Join(err, os.Remove(file))
	}
	for _, file := range []string{"ring_core_test.go", "ring_work_test.go"} {
		text, bad := os.ReadFile(file)
		err = errors.Join(err, bad, os.WriteFile(filepath.Join(dir, file), text, 0o600))
	}
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, "ring_later_test.go"), []byte(nothingLater), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// nothingLater is an earlier program's ring_later_test.go.
const nothingLater = `package redress_test

func (*core) later(int) { panic("this program is of an earlier release") }
`

// known are the kinds of commands and events of a tree's program.
type known struct {
	commands map[syncproto.CommandKind]bool
	events   map[syncproto.EventKind]bool
}

var kindLine = regexp.MustCompile(`(?m)^\t(?:Command|Event)\w+ +(CommandKind|EventKind) += (\d+)`)

// knows reads which kinds the program of a tree knows.
func knows(t *testing.T, tree string) known {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(tree, "syncproto", "kinds.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := known{map[syncproto.CommandKind]bool{}, map[syncproto.EventKind]bool{}}
	for _, line := range kindLine.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseUint(line[2], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		if line[1] == "CommandKind" {
			all.commands[syncproto.CommandKind(n)] = true
		} else {
			all.events[syncproto.EventKind(n)] = true
		}
	}
	if !all.commands[syncproto.CommandOpen] || !all.events[syncproto.EventTicketOpened] {
		t.Fatalf("which kinds it has cannot be read: %v", all)
	}
	return all
}

// play has an office begin with the earlier server and, at all desks but the seat's, the earlier
// core. Then the server is replaced, and of these the manager's, with work that was not handed in,
// and at last the liaison's. The second seat's and the manager's other one stay.
func (e earlier) play(t *testing.T) {
	t.Helper()
	tree := e.tree(t)
	knew := knows(t, tree)
	for _, kind := range e.meets {
		if knew.events[kind] {
			t.Fatalf("the earlier program knows %v", kind)
		}
	}
	oldServer, oldCore, newServer := servertest.BuildIn(t, tree), buildCore(t, tree), servertest.Build(t)
	r := newRing(t, oldServer, 3, append([]string{"--practice", "2s"}, e.demo...)...)
	manager, seat, liaison := r.desks[0], r.desks[1], r.desks[2]
	seat2, there := r.person("seat2")
	if !there {
		t.Fatal("the demo has no second seat")
	}
	again := manager.person
	again.Code = r.command("enrol", "manager")
	stays := []*coreDesk{r.join(seat2), r.join(again)}
	newCore := seat.program
	for _, d := range append([]*coreDesk{manager, liaison}, stays...) {
		d.program = oldCore
	}

	t.Log("an earlier server, with earlier desks and later ones")
	r.begin()
	r.work("tap 30")
	refused := seat.witness().refused
	r.workEach(func(d *coreDesk) string { return map[*coreDesk]string{seat: "later 12"}[d] })
	refused = seat.witness().refused - refused
	if !knew.commands[syncproto.CommandFinalResponse] && refused == 0 {
		t.Error("the earlier server does not know what the later seat does, and the desk refuses nothing of it")
	}

	t.Log("the earlier manager and a later seat work without a line")
	for _, d := range []*coreDesk{manager, seat} {
		d.line.cut(refusing)
		tapped := d.witness().tapped
		d.tell("tap 20")
		d.must(r.patience(), "done", func(w *witness) bool { return w.tapped > tapped })
		d.leave()
		if w := d.witness(); len(w.kept) == w.final() {
			t.Errorf("%s has nothing to hand in", d.person.Login)
		}
	}
	t.Log("the server becomes a later one, on the same log; so does the manager's desk, on the same files")
	r.server.Kill()
	r.server.Path = newServer
	manager.program = newCore
	for _, d := range []*coreDesk{manager, seat} {
		if wrong := holdsTo(d.folder, d.person.Login, d.witness()); len(wrong) > 0 { // which brings the files to its version
			t.Fatalf("%s: the later program finds\n%s", d.person.Login, some(wrong))
		}
		d.line.mend()
	}
	r.restart()
	replaced := r.head() // or a little later, but before a later desk is there
	for _, d := range []*coreDesk{manager, seat} {
		d.start()
		d.logInAgain()
	}
	r.rest()

	t.Log("a later server, with earlier desks and later ones, under a policy of today")
	r.command("policy", "--practice", "2s")
	r.serviceDepartment()
	r.revokeOne()
	r.work("tap 20")
	met := r.beyond(r.mixed(oldCore, stays[0]), knew)

	t.Log("the liaison's desk becomes a later one too")
	r.restart()
	liaison.leave()
	liaison.program = newCore
	liaison.start()
	r.each((*coreDesk).logInAgain)
	met = append(met, r.beyond(r.mixed(oldCore, stays[0]), knew)...)
	r.each((*coreDesk).leave)
	r.agree()
	for _, d := range stays {
		met = append(met, r.holdsBeyond(d, knew)...)
	}
	r.unmet(e.meets, met)
	r.refusedRightly(knew, replaced)
	fired, spent := r.firings(), 0
	for _, d := range r.desks {
		spent += len(d.witness().left)
	}
	if fired == 0 || spent == 0 {
		t.Errorf("%d clocks have fired and %d grants were spent from: of that nothing is shown", fired, spent)
	}
	t.Logf("%s; %d grants spent from, %d firings; %s", r.tally(), spent, fired, strings.TrimSpace(r.server.Run("verify")))
}

// firings is how many clocks in the log have fired.
func (r *ring) firings() (fired int) {
	r.t.Helper()
	r.view(func(v *store.View) error {
		return v.EveryOfKind(syncproto.KindTicket, func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if b, is := body.(ticket.Body); is {
				for _, c := range b.Clocks {
					if c.Fired != 0 {
						fired++
					}
				}
			}
			return err
		})
	})
	return fired
}

// command is what the operator's command line says.
func (r *ring) command(arguments ...string) string {
	r.t.Helper()
	return strings.TrimSpace(r.server.Run(append(arguments, "--operator", r.server.Office, "--as", "周敏")...))
}

// serviceDepartment has somebody of it begin, who may not have been there before.
func (r *ring) serviceDepartment() {
	r.t.Helper()
	service, there := r.person("service")
	if !there {
		r.command("person", "service", "--name", "胡静", "--role", policy.ServiceDesk.String(), "--unit", "总部服务部")
		service = servertest.Person{Login: "service", Password: r.command("password", "service"), Code: r.command("enrol", "service")}
	}
	r.begins(r.join(service))
}

// begins has somebody begin who is new.
func (r *ring) begins(d *coreDesk) {
	r.t.Helper()
	d.start()
	d.logInAgain()
	d.must(r.patience(), "at work", d.now(settled(0)))
}

// revokeOne has the department's head begin, and ends that device.
func (r *ring) revokeOne() {
	r.t.Helper()
	head, there := r.person("head")
	if !there {
		r.t.Fatal("the demo has no head")
	}
	head.Code = r.command("enrol", "head")
	d := r.join(head)
	r.begins(d)
	d.leave()
	r.desks = r.desks[:len(r.desks)-1]
	files, wrong := d.open()
	if len(wrong) > 0 {
		r.t.Fatal(wrong)
	}
	device, known := files.replica.Reference().Device(files.replica.Desk().Device)
	if wrong := files.close(); len(wrong) > 0 || !known {
		r.t.Fatalf("its device is known: %v; %v", known, wrong)
	}
	r.command("revoke", "head", "--device", device.Code, "--reason", "电脑被盗")
}

// mixed has later desks do what the first release does not know, while earlier ones work on, the
// second time one of them without a line; and then everybody meet. It returns what the earlier
// ones show, each of which shows the state as the server has it.
func (r *ring) mixed(oldCore string, away *coreDesk) (all []map[syncproto.Ref]shown) {
	r.t.Helper()
	order := func(d *coreDesk) string {
		if d.program == oldCore {
			return "tap 10"
		}
		return "later 24"
	}
	r.workEach(order)
	away.line.cut(refusing)
	tapped, everybody := away.witness().tapped, r.desks
	away.tell("tap 20")
	away.must(r.patience(), "done", func(w *witness) bool { return w.tapped > tapped })
	r.desks = slices.DeleteFunc(slices.Clone(everybody), func(d *coreDesk) bool { return d == away })
	r.workEach(order)
	r.desks = everybody
	if w := away.witness(); len(w.kept) == w.final() {
		r.t.Errorf("%s has nothing to hand in", away.person.Login)
	}
	away.line.mend()
	r.meet(r.patience())
	for _, d := range r.desks {
		if d.program == oldCore {
			shows := d.show(r.patience())
			if wrong := r.showsWrong(d, shows); len(wrong) > 0 {
				r.t.Errorf("%s shows\n%s", d.person.Login, some(wrong))
			}
			all = append(all, shows)
		}
	}
	return all
}

// showsWrong is what a core shows otherwise than the server has it, whose program has ended: a
// ticket or claim that is not there or should not be, or is of another version, a history of
// other events, and of what its program reads of a body whatever is not in that body so.
func (r *ring) showsWrong(d *coreDesk, shows map[syncproto.Ref]shown) (wrong []string) {
	r.t.Helper()
	person, there := r.personID(d.person.Login)
	if !there {
		r.t.Fatalf("the server knows no %s", d.person.Login)
	}
	r.view(func(v *store.View) error {
		mine, seen := r.mayRead(v, person), 0
		err := v.EveryDocument(func(doc store.Document) error {
			if doc.Ref.Kind != syncproto.KindTicket && doc.Ref.Kind != syncproto.KindClaim {
				return nil
			}
			body, err := rules.ReadBody(doc.Ref.Kind, doc.Body)
			if err != nil {
				return err
			}
			reads := slices.ContainsFunc(rules.Buckets(doc.Ref, body), func(b syncproto.Bucket) bool { return slices.Contains(mine, b) })
			one, is := shows[doc.Ref]
			if is {
				seen++
			}
			if reads != is {
				wrong = append(wrong, fmt.Sprintf("%v: %v, and may: %v", doc.Ref, is, reads))
			}
			if !is {
				return nil
			}
			otherwise, err := one.otherwise(v, doc)
			wrong = append(wrong, otherwise...)
			return err
		})
		if seen != len(shows) || seen == 0 {
			wrong = append(wrong, fmt.Sprintf("%d tickets and claims, of which the server has %d", len(shows), seen))
		}
		return err
	})
	return wrong
}

// otherwise is what is shown of a document otherwise than the server has it.
func (s shown) otherwise(v *store.View, doc store.Document) (wrong []string, err error) {
	events, err := kindsOf(v, doc.Ref)
	if s.version != doc.Version || !slices.Equal(s.events, events) {
		wrong = append(wrong, fmt.Sprintf("%v at version %d with %v, the server at %d with %v", doc.Ref, s.version, s.events, doc.Version, events))
	}
	var read, whole any
	err = errors.Join(err, syncproto.Decode(s.body, &read), syncproto.Decode(doc.Body, &whole))
	if !partOf(read, whole) {
		wrong = append(wrong, fmt.Sprintf("%v as %v, the server as %v", doc.Ref, read, whole))
	}
	return wrong, err
}

// kindsOf are the kinds of the events in a document's history at the server.
func kindsOf(v *store.View, ref syncproto.Ref) (kinds []syncproto.EventKind, err error) {
	events, _, err := v.History(ref, 0, 0, 1<<30)
	for _, e := range events {
		var entry syncproto.HistoryEntry
		err = errors.Join(err, syncproto.Decode(e.Entry, &entry))
		kinds = append(kinds, entry.Event.Kind)
	}
	return kinds, err
}

// partOf says that all of a value is so in another, which may have fields beside.
func partOf(read, whole any) bool {
	switch of := read.(type) {
	case map[any]any:
		in, is := whole.(map[any]any)
		for key, value := range of {
			if there, has := in[key]; !has || !partOf(value, there) {
				return false
			}
		}
		return is
	case []any:
		in, is := whole.([]any)
		return is && slices.EqualFunc(of, in, partOf)
	default:
		return reflect.DeepEqual(read, whole)
	}
}

func TestPartOf(t *testing.T) {
	whole := map[any]any{uint64(1): "a", uint64(2): []any{map[any]any{uint64(1): []byte{7}, uint64(9): uint64(3)}}, uint64(28): uint64(5)}
	for _, c := range []struct {
		read any
		is   bool
	}{
		{whole, true},
		{map[any]any{uint64(1): "a", uint64(2): []any{map[any]any{uint64(1): []byte{7}}}}, true},
		{map[any]any{uint64(1): "b"}, false},
		{map[any]any{uint64(3): "a"}, false},
		{map[any]any{uint64(2): []any{}}, false},
		{map[any]any{uint64(2): []any{map[any]any{uint64(1): []byte{8}}}}, false},
		{[]any{}, false},
	} {
		if got := partOf(c.read, whole); got != c.is {
			t.Errorf("%v is part of it: %v", c.read, got)
		}
	}
}

// personID is whose log-in name it is.
func (r *ring) personID(login string) (id syncproto.ID, found bool) {
	r.t.Helper()
	r.view(func(v *store.View) error {
		return v.EveryOfKind(syncproto.KindPerson, func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if p, is := body.(organisation.Person); is && p.Login == login {
				id, found = d.Ref.ID, true
			}
			return err
		})
	})
	return id, found
}

// beyond are the kinds of events that cores show and their program does not know.
func (r *ring) beyond(shows []map[syncproto.Ref]shown, knew known) (kinds []syncproto.EventKind) {
	for _, one := range shows {
		for doc := range maps.Values(one) {
			kinds = append(kinds, slices.DeleteFunc(slices.Clone(doc.events), func(k syncproto.EventKind) bool { return knew.events[k] })...)
		}
	}
	return kinds
}

// holdsBeyond are such kinds in what a desk that has left holds, of documents of every kind.
func (r *ring) holdsBeyond(d *coreDesk, knew known) (kinds []syncproto.EventKind) {
	r.t.Helper()
	files, wrong := d.open()
	if len(wrong) > 0 {
		r.t.Fatal(wrong)
	}
	histories, err := files.sight.everyHistory()
	for _, entry := range slices.Concat(slices.Collect(maps.Values(histories))...) {
		var e syncproto.HistoryEntry
		err = errors.Join(err, syncproto.Decode(entry, &e))
		if !knew.events[e.Event.Kind] {
			kinds = append(kinds, e.Event.Kind)
		}
	}
	if wrong := files.close(); len(wrong) > 0 || err != nil {
		r.t.Fatal(wrong, err)
	}
	return kinds
}

// unmet fails where an earlier desk has not met what it was to meet.
func (r *ring) unmet(meets, met []syncproto.EventKind) {
	r.t.Helper()
	count := map[syncproto.EventKind]int{}
	for _, kind := range met {
		count[kind]++
	}
	for _, kind := range meets {
		if count[kind] == 0 {
			r.t.Errorf("no earlier desk has met %v", kind)
		}
	}
	r.t.Logf("earlier desks have met, and did not know: %v", count)
}

// changedMeanwhile are the answers to a request of which a colleague was first.
var changedMeanwhile = []syncproto.Code{syncproto.CodeChanged, ticket.CodeClosed, ticket.CodeNotClosed, ticket.CodeNoSuchProposal,
	ticket.CodeProposalWaits, ticket.CodeNotTold, ticket.CodeTooManyDispatch, ticket.CodeClocksFull, claim.CodeDecided, claim.CodeSentBack,
	claim.CodeRoutedUp, claim.CodeNotRoutedUp, claim.CodeNotApproved, claim.CodeTooManyClaims}

// refusedRightly holds every desk, all of which have left, to what it was told: no fact is
// refused, a request only for what had changed meanwhile; and nothing was kept for an earlier
// server, which ended at an entry, that this did not know.
func (r *ring) refusedRightly(knew known, replaced uint64) {
	r.t.Helper()
	refusals := map[string]int{}
	for _, d := range r.desks {
		files, wrong := d.open()
		if len(wrong) > 0 {
			r.t.Fatal(wrong)
		}
		made, err := files.sight.made(0)
		for _, k := range made.kept {
			var e syncproto.Envelope
			var v syncproto.Verdict
			var i syncproto.Intent
			err = errors.Join(err, syncproto.Decode(k.envelope, &e), syncproto.Decode(k.verdict, &v), syncproto.Decode(e.Intent, &i))
			if !knew.commands[i.Kind] && v.Seq <= replaced {
				r.t.Errorf("%s has given %v to a server that does not know it", d.person.Login, i.Kind)
			}
			if v.Outcome != syncproto.Rejected {
				continue
			}
			wrong := rules.IsFact(i.Kind) || len(v.Findings) == 0
			for _, f := range v.Findings {
				refusals[fmt.Sprintf("%v: %v", i.Kind, f.Code)]++
				wrong = wrong || !slices.Contains(changedMeanwhile, f.Code)
			}
			if wrong {
				r.t.Errorf("%s is refused %v: %v", d.person.Login, i.Kind, v.Findings)
			}
		}
		if wrong := files.close(); len(wrong) > 0 || err != nil {
			r.t.Fatal(wrong, err)
		}
	}
	r.t.Logf("refused: %v", refusals)
}

// work has everybody do something, and waits until it is decided.
func (r *ring) work(order string) {
	r.t.Helper()
	r.workEach(func(*coreDesk) string { return order })
}

// workEach has everybody do what each is told, if anything, and waits until it is decided.
func (r *ring) workEach(order func(*coreDesk) string) {
	r.t.Helper()
	r.each(func(d *coreDesk) {
		say := order(d)
		if say == "" {
			return
		}
		tapped := d.witness().tapped
		d.tell(say)
		d.must(r.patience(), "done", func(w *witness) bool { return w.tapped > tapped })
	})
	r.rest()
	r.each(func(d *coreDesk) {
		if d.until(lineHolds, func(w *witness) bool { return w.way != "online" }) {
			r.t.Errorf("the line of %s does not hold", d.person.Login)
		}
	})
}

// lineHolds is how long a line is looked at that nothing should end: two that do not understand
// each other end it again and again.
const lineHolds = 5 * time.Second

// rest waits until everybody has handed in what they did.
func (r *ring) rest() {
	r.t.Helper()
	r.each(func(d *coreDesk) { d.must(r.patience(), "at rest", d.now(settled(0))) })
}
