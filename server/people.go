package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"redress/server/access"
	"redress/server/admin"
	"redress/server/operator"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

// operate opens the office, does something, and closes it.
func operate(ctx context.Context, data, directory, as string, do func(*office, reference.Reference) error) (err error) {
	if strings.TrimSpace(as) == "" {
		return usageError{errors.New("the log needs the operator's name: --as NAME")}
	}
	o, err := openOffice(ctx, data, directory, as)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	o.held = o.handIn(ctx)
	ref, err := o.reference(ctx)
	if err != nil {
		return err
	}
	return do(o, ref)
}

// unitNamed finds a unit by its name among all kinds.
func unitNamed(ref reference.Reference, name string) (syncproto.ID, bool) {
	for _, kind := range organisation.UnitKinds() {
		for _, id := range ref.UnitsOf(kind) {
			if u, _ := ref.Unit(id); u.Name == name {
				return id, true
			}
		}
	}
	return syncproto.ID{}, false
}

func defineUnit(ctx context.Context, w world, arguments []string) error {
	f := newForm("unit", "Makes a unit, or changes the one of that name.", "NAME")
	directory, as := operatorFlags(f)
	kindName := f.String("kind", "", "`kind`: call-centre, region, department or headquarters")
	phone := f.String("phone", "", "direct `number` of whoever is on duty")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	kind, known := organisation.ParseUnitKind(*kindName)
	if f.given("kind") && !known {
		return f.wrong("kind", "%q is none of call-centre, region, department, headquarters", *kindName)
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		id, there := unitNamed(ref, f.words[0])
		unit, _ := ref.Unit(id)
		if !there {
			if !known {
				return f.wrong("kind", "a new unit needs one: call-centre, region, department or headquarters")
			}
			id, unit = newID(), organisation.Unit{Name: f.words[0]}
		}
		if known {
			unit.Kind = kind
		}
		if f.given("phone") {
			unit.Phone = *phone
		}
		if err := o.give(ctx, syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id, Unit: unit}); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "unit %s %v\n", unit.Name, id)
		return nil
	})
}

func definePerson(ctx context.Context, w world, arguments []string) error {
	f := newForm("person", "Makes a person, or changes the one with that log-in name. What is not named stays.", "LOGIN")
	directory, as := operatorFlags(f)
	name := f.String("name", "", "the person's `name`")
	roles := f.String("role", "", "`roles`, separated by commas: "+roleNames())
	units := f.String("unit", "", "names of `units`, separated by commas")
	phone := f.String("phone", "", "direct `number`, also given to customers")
	left := f.Bool("left", false, "the person works here no more; =false: works here again")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		id, there := ref.ByLogin(f.words[0])
		person, _ := ref.Person(id)
		if !there {
			id, person = newID(), organisation.Person{Login: f.words[0]}
		}
		if f.given("name") {
			person.Name = *name
		}
		if f.given("phone") {
			person.Phone = *phone
		}
		var err error
		if f.given("role") {
			if person.Roles, err = rolesNamed(f, *roles); err != nil {
				return err
			}
		}
		if f.given("unit") {
			if person.Units, err = unitsNamed(f, ref, *units); err != nil {
				return err
			}
		}
		switch {
		case *left && person.Left == 0:
			person.Left = now()
		case f.given("left") && !*left:
			person.Left = 0
		}
		if err := o.give(ctx, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: person}); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "person %s %v\n", person.Login, id)
		return nil
	})
}

// rolesNamed are the roles of a list.
func rolesNamed(f *form, list string) (roles []policy.Role, err error) {
	for r := range strings.SplitSeq(list, ",") {
		role, known := policy.ParseRole(strings.TrimSpace(r))
		if !known {
			return nil, f.wrong("role", "%q is none of %s", r, roleNames())
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// unitsNamed are the units of a list.
func unitsNamed(f *form, ref reference.Reference, list string) (units []syncproto.ID, err error) {
	for u := range strings.SplitSeq(list, ",") {
		unit, known := unitNamed(ref, strings.TrimSpace(u))
		if !known {
			return nil, f.wrong("unit", "there is no unit %q; make it with '%s unit'", u, program)
		}
		units = append(units, unit)
	}
	return units, nil
}

func roleNames() string {
	var names []string
	for _, r := range policy.Roles() {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

// personNamed finds a person by log-in name.
func personNamed(ref reference.Reference, login string) (syncproto.ID, error) {
	id, there := ref.ByLogin(login)
	if !there {
		return id, fmt.Errorf("there is no person with the log-in name %q; make one with '%s person'", login, program)
	}
	return id, nil
}

func enrol(ctx context.Context, w world, arguments []string) error {
	f := newForm("enrol", "Prints a one-time code, good for 24 hours, with which the person makes a device known.", "LOGIN")
	directory, as := operatorFlags(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		person, err := personNamed(ref, f.words[0])
		if err != nil {
			return err
		}
		var answer admin.CodeAnswer
		if err := o.ask(ctx, admin.PathCode, admin.CodeRequest{Person: person, Operator: o.name}, &answer); err != nil {
			return err
		}
		if err := o.outbox.NoteCode(operator.Code{Person: person, Until: answer.Expires, Hash: access.CodeHash(answer.Code)}); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%s\n", answer.Code)
		fmt.Fprintf(w.err, "good until %v\n", answer.Expires)
		return nil
	})
}

func setPassword(ctx context.Context, w world, arguments []string) error {
	f := newForm("password", "Sets a person's password: makes one and prints it, or reads one line from standard input.", "LOGIN")
	directory, as := operatorFlags(f)
	fromInput := f.Bool("stdin", false, "read the password from standard input")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	wanted := ""
	if *fromInput {
		data, err := io.ReadAll(io.LimitReader(w.in, syncproto.MaxPassword+2))
		if err != nil {
			return fmt.Errorf("reading the password: %w", err)
		}
		if wanted, _, _ = strings.Cut(string(data), "\n"); wanted == "" {
			return f.wrong("stdin", "there was nothing to read")
		}
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		person, err := personNamed(ref, f.words[0])
		if err != nil {
			return err
		}
		var answer admin.PasswordAnswer
		if err := o.ask(ctx, admin.PathPassword, admin.PasswordRequest{Person: person, Password: wanted}, &answer); err != nil {
			return err
		}
		hash, err := o.reader.Password(ctx, person)
		if err == nil {
			err = o.outbox.NotePassword(operator.Password{Person: person, Hash: hash})
		}
		if err != nil {
			return err
		}
		if wanted == "" {
			fmt.Fprintf(w.out, "%s\n", answer.Password)
		}
		return nil
	})
}

func confirmClock(ctx context.Context, w world, arguments []string) (err error) {
	f := newForm("clock", "Says to the running server that its clock is right, after it stopped firing deadlines because the clock had jumped or was behind the log.", "confirm")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	if f.words[0] != "confirm" {
		return usageError{fmt.Errorf("clock: %q is not expected, only 'confirm'", f.words[0])}
	}
	o, err := openOffice(ctx, *f.data, "", "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.ask(ctx, admin.PathConfirm, admin.Nothing{}, &admin.Nothing{}); err != nil {
		return err
	}
	fmt.Fprintln(w.out, "confirmed")
	return nil
}
