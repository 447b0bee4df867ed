package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"redress/server/access"
	"redress/server/admin"
	"redress/server/demo"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// demoFlags are what seed-demo takes.
type demoFlags struct {
	data, directory, as string
	tickets, days       int
	seed                uint64
	practice            syncproto.Span
	password            string
}

func seedDemo(ctx context.Context, w world, arguments []string) error {
	f := newForm("seed-demo", "Fills an empty log with an organisation to try things with: a call centre, four regions, six departments and headquarters, about thirty people, and what they did in the last months: calls, tickets, deadlines met and missed, claims, money. Prints log-in names, passwords and enrolment codes. With a history the log is made anew, because its first entry then is days old; broken off, it leaves the empty log as it was.")
	directory, as := operatorFlags(f)
	tickets := f.Int("tickets", 3000, "how `many` tickets the history has; 0 makes the organisation alone")
	days := f.Int("days", 90, "how many `days` up to now the history lasts")
	seed := f.Uint64("seed", 1, "the `number` that chance begins with: the same gives the same history")
	practiceOf := practiceFlag(f, "how `long` an hour of the business lasts from now on, say 60s: every deadline that starts shrinks with it; 0 leaves the policy as it is")
	password := f.String("password", "", "one `password` for everybody; without it each gets their own")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	practice, err := practiceOf()
	if err != nil {
		return err
	}
	switch {
	case *tickets < 0 || *tickets > demo.MaxTickets:
		return f.wrong("tickets", "%d is not between 0 and %d", *tickets, demo.MaxTickets)
	case *days < 1 || *days > demo.MaxDays:
		return f.wrong("days", "%d is not between 1 and %d", *days, demo.MaxDays)
	case *tickets == 0 && (f.given("days") || f.given("seed")):
		return f.wrong("tickets", "there is no history without tickets: leave --days and --seed out, or name how many tickets it has")
	case strings.TrimSpace(*as) == "":
		return usageError{errors.New("the log needs the operator's name: --as NAME")}
	}
	if *password != "" && len([]rune(*password)) < access.MinPassword {
		return f.wrong("password", "it needs at least %d characters", access.MinPassword)
	}
	d := demoFlags{data: *f.data, directory: *directory, as: *as, tickets: *tickets, days: *days, seed: *seed, practice: practice, password: *password}
	o, err := openOffice(ctx, d.data, d.directory, d.as)
	if err != nil {
		return err
	}
	if err = d.empty(ctx, o); err == nil && d.tickets == 0 {
		var org demo.Organisation
		if org, err = demo.Found(func(kind syncproto.CommandKind, command any) error { return o.give(ctx, kind, command) }, newID); err == nil {
			err = d.welcome(ctx, o, org, w.out)
		}
	}
	if err = errors.Join(err, o.close()); err != nil || d.tickets == 0 {
		return err
	}
	org, err := d.history(ctx, w.err)
	if err != nil {
		return err
	}
	if o, err = openOffice(ctx, d.data, d.directory, d.as); err != nil {
		return err
	}
	return errors.Join(d.welcome(ctx, o, org, w.out), o.close())
}

// empty says that nothing was done in the log yet but what init did.
func (d demoFlags) empty(ctx context.Context, o *office) error {
	var head store.Head
	if err := o.reader.View(ctx, func(v *store.View) (err error) {
		head, err = v.Head()
		return err
	}); err != nil {
		return err
	}
	ref, err := o.reference(ctx)
	if err != nil {
		return err
	}
	units := 0
	for _, kind := range []organisation.UnitKind{organisation.CallCentre, organisation.Region, organisation.Department, organisation.Headquarters} {
		units += len(ref.UnitsOf(kind))
	}
	advice := fmt.Sprintf("make one with '%s init --data ANOTHER'", program)
	switch {
	case units > 0:
		return fmt.Errorf("the log in %s already has units; the demo is for an empty one: %s", d.data, advice)
	case d.tickets > 0 && head.Seq > 1:
		return fmt.Errorf("the log in %s already has %d entries; a history is for an empty one, which is made anew: %s, or make the organisation alone with --tickets 0", d.data, head.Seq, advice)
	case d.tickets > 0 && o.central == nil:
		return fmt.Errorf("a server runs on %s, and a history needs the log to itself: %w", d.data, errServed)
	}
	return nil
}

// welcome puts the deadlines for practice in force, and prints who is who and how they log
// in.
func (d demoFlags) welcome(ctx context.Context, o *office, org demo.Organisation, out io.Writer) error {
	if d.practice > 0 {
		ref, err := o.reference(ctx)
		if err != nil {
			return err
		}
		next := policy.Scaled(ref.Policy, d.practice)
		next.Number++
		if err := o.give(ctx, syncproto.CommandIssuePolicy, policy.Issue{Policy: next}); err != nil {
			return err
		}
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "login\tpassword\tcode\tname\trole\tunit")
	for _, p := range demo.People() {
		id := org.Person(p.Login)
		var secret admin.PasswordAnswer
		if err := o.ask(ctx, admin.PathPassword, admin.PasswordRequest{Person: id, Password: d.password}, &secret); err != nil {
			return err
		}
		var code admin.CodeAnswer
		if err := o.ask(ctx, admin.PathCode, admin.CodeRequest{Person: id, Operator: o.name}, &code); err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%v\t%s\n", p.Login, secret.Password, code.Code, p.Name, p.Role, strings.Join(p.Units, ","))
	}
	return table.Flush()
}
