package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"redress/server/admin"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// known is who the log says has that log-in name.
func known(t *testing.T, data, login string) (id syncproto.ID, person organisation.Person) {
	t.Helper()
	err := read(t.Context(), data, func(s *store.Store) error {
		ref, err := ledger.ReadReference(t.Context(), s)
		id, _ = ref.ByLogin(login)
		person, _ = ref.Person(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id, person
}

// oneSeat is a log with a person in it, and its command line.
func oneSeat(t *testing.T) (data string, flags []string, do func(arguments ...string)) {
	t.Helper()
	data, flags = place(t)
	do = func(arguments ...string) {
		t.Helper()
		if said := call(t, "", append(arguments, flags...)...); said.status != 0 {
			t.Fatalf("%v: %+v", arguments, said)
		}
	}
	do("unit", "华南区", "--kind", "region")
	do("person", "li", "--name", "李强", "--role", "seat", "--unit", "华南区")
	return data, flags, do
}

// keep gives a change of the person, and the server does not answer.
func keep(t *testing.T, data, directory string, change func(*organisation.Person)) {
	t.Helper()
	id, li := known(t, data, "li")
	change(&li)
	o, err := openOffice(t.Context(), data, directory, "周敏")
	if err != nil {
		t.Fatal(err)
	}
	o.client = admin.Direct(http.NotFoundHandler())
	if o.give(t.Context(), syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: li}) == nil {
		t.Error("it says that it was decided")
	}
	if err := o.close(); err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsGivenFromWhatWasTakenBack: headquarters made somebody a manager, and the server was set
// back to before that. Until it has that again, a change of the person would be one of the seat.
func TestNothingIsGivenFromWhatWasTakenBack(t *testing.T) {
	data, flags, do := oneSeat(t)
	file := filepath.Join(t.TempDir(), "backup.db")
	if said := call(t, "", "backup", file, "--data", data); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	do("person", "li", "--role", "manager")
	to, said := restored(t, flags, "--backup", file)
	if said.status != 0 {
		t.Fatalf("%+v", said)
	}
	phone := append([]string{"person", "li", "--phone", "138", "--data", to}, flags[2:]...)
	if said := call(t, "", phone...); said.status != 1 || !strings.Contains(said.err, "Nothing was given") {
		t.Errorf("while it collects: %+v", said)
	}
	r := started(t, to)
	for call(t, "", phone...).status != 0 { // it collects for a second
		if t.Context().Err() != nil {
			t.Fatal("it collects for ever")
		}
	}
	r.end(t)
	if _, li := known(t, to, "li"); li.Phone != "138" || !li.Has(policy.Manager) || li.Has(policy.Seat) {
		t.Errorf("in the end: %+v", li)
	}
}

// TestWhatWasKeptIsDecidedBeforeTheNextIsWorkedOut: the first change did not reach the server. It goes
// with the next, which changes something else of the same person; and where it was rejected, whoever
// gives the next reads that.
func TestWhatWasKeptIsDecidedBeforeTheNextIsWorkedOut(t *testing.T) {
	data, flags, do := oneSeat(t)
	keep(t, data, flags[3], func(li *organisation.Person) { li.Roles = []policy.Role{policy.Manager} })
	do("person", "li", "--phone", "138")
	if _, li := known(t, data, "li"); li.Phone != "138" || !li.Has(policy.Manager) {
		t.Errorf("after both changes: %+v", li)
	}
	keep(t, data, flags[3], func(li *organisation.Person) { li.Units = []syncproto.ID{newID()} })
	phone := append([]string{"person", "li", "--phone", "139"}, flags...)
	if said := call(t, "", phone...); said.status != 1 || !strings.Contains(said.err, "given before, was rejected") {
		t.Errorf("behind a change that was rejected: %+v", said)
	}
	if said := call(t, "", phone...); said.status != 0 {
		t.Errorf("given again: %+v", said)
	}
	if _, li := known(t, data, "li"); li.Phone != "139" || !li.Has(policy.Manager) {
		t.Errorf("in the end: %+v", li)
	}
}

// TestAPasswordThatWasSetSinceTheBackup is the one that is good after it is put back.
func TestAPasswordThatWasSetSinceTheBackup(t *testing.T) {
	data, flags, do := oneSeat(t)
	hash := func(data string) (hash string) {
		t.Helper()
		li, _ := known(t, data, "li")
		err := read(t.Context(), data, func(s *store.Store) (err error) {
			hash, err = s.Password(t.Context(), li)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	do("password", "li")
	before := hash(data)
	file := filepath.Join(t.TempDir(), "backup.db")
	if said := call(t, "", "backup", file, "--data", data); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	do("password", "li")
	to, said := restored(t, flags, "--backup", file)
	if said.status != 0 {
		t.Fatalf("%+v", said)
	}
	if got := hash(to); got == before || got != hash(data) {
		t.Errorf("the password of the backup is good again: %v", got == before)
	}
}
