package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"redress/server/admin"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

// demoUnit and demoPerson are the small organisation to try things with.
type demoUnit struct {
	name, phone string
	kind        organisation.UnitKind
}

type demoPerson struct {
	login, name, phone string
	role               policy.Role
	unit               string
}

var demoUnits = []demoUnit{
	{"呼叫中心", "400-820-0001", organisation.CallCentre},
	{"华东区", "021-5566-2001", organisation.Region},
	{"互联网车机部", "021-5566-3001", organisation.Department},
	{"总部服务部", "021-5566-9001", organisation.Headquarters},
}

var demoPeople = []demoPerson{
	{"seat", "王芳", "400-820-0001 转 12", policy.Seat, "呼叫中心"},
	{"seat2", "赵静", "400-820-0001 转 15", policy.Seat, "呼叫中心"},
	{"manager", "李强", "138-1700-2001", policy.Manager, "华东区"},
	{"liaison", "陈晨", "138-1700-3001", policy.Liaison, "互联网车机部"},
	{"head", "刘建国", "138-1700-3000", policy.Head, "互联网车机部"},
	{"vp", "高远", "138-1700-3900", policy.VicePresident, "互联网车机部"},
	{"service", "胡静", "138-1700-9002", policy.ServiceDesk, "总部服务部"},
	{"leader", "沈立", "138-1700-9900", policy.Leadership, "总部服务部"},
	{"hq", "周敏", "138-1700-9001", policy.Administration, "总部服务部"},
}

func seedDemo(ctx context.Context, w world, arguments []string) error {
	f := newForm("seed-demo", "Fills an empty log with a small organisation: a call centre, a region with its manager, a department with its liaison, head and vice president in charge, and headquarters with its service department. Prints log-in names, passwords and enrolment codes.")
	directory, as := operatorFlags(f)
	practiceOf := practiceFlag(f, "how `long` an hour of the business lasts, say 60s: every deadline shrinks with it; 0 leaves the policy as it is")
	password := f.String("password", "", "one `password` for everybody; without it each gets their own")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	practice, err := practiceOf()
	if err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		for _, kind := range organisation.UnitKinds() {
			if len(ref.UnitsOf(kind)) > 0 {
				return fmt.Errorf("the log in %s already has units; the demo is for an empty one: make it with '%s init --data ANOTHER'", *f.data, program)
			}
		}
		if practice > 0 {
			next := policy.Scaled(ref.Policy, practice)
			next.Number++
			if err := o.give(ctx, syncproto.CommandIssuePolicy, policy.Issue{Policy: next}); err != nil {
				return err
			}
		}
		return seed(ctx, o, w.out, *password)
	})
}

func seed(ctx context.Context, o *office, out io.Writer, password string) error {
	units := map[string]syncproto.ID{}
	for _, u := range demoUnits {
		units[u.name] = newID()
		unit := organisation.Unit{Name: u.name, Kind: u.kind, Phone: u.phone}
		if err := o.give(ctx, syncproto.CommandDefineUnit, organisation.DefineUnit{ID: units[u.name], Unit: unit}); err != nil {
			return err
		}
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "login\tpassword\tcode\tname\trole\tunit")
	for _, p := range demoPeople {
		id := newID()
		person := organisation.Person{Name: p.name, Login: p.login, Phone: p.phone, Roles: []policy.Role{p.role}, Units: []syncproto.ID{units[p.unit]}}
		if err := o.give(ctx, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: person}); err != nil {
			return err
		}
		var secret admin.PasswordAnswer
		if err := o.ask(ctx, admin.PathPassword, admin.PasswordRequest{Person: id, Password: password}, &secret); err != nil {
			return err
		}
		var code admin.CodeAnswer
		if err := o.ask(ctx, admin.PathCode, admin.CodeRequest{Person: id, Operator: o.name}, &code); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%v\t%s\n", p.login, secret.Password, code.Code, p.name, p.role, p.unit)
	}
	return table.Flush()
}
