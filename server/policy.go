package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

func issuePolicy(ctx context.Context, w world, arguments []string) error {
	f := newForm("policy", "Shows the policy in force. With flags, puts a new version in force with these values changed: it binds what starts after it.")
	directory, as := operatorFlags(f)
	values := policyFlags(f)
	file := f.String("file", "", "a JSON `file` with the lists people choose from: channels, boards, types, categories, reasons")
	practice := f.Duration("practice", 0, "how `long` an hour of the business lasts, for practice: scales every deadline of the default policy")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	if *practice < 0 || *practice > time.Hour {
		return f.wrong("practice", "%v is not between 0 and 1h", *practice)
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		next := ref.Policy
		changed := *practice > 0
		if changed {
			next = policy.Scaled(policy.Default(next.Number), syncproto.SpanOf(*practice))
		}
		for name, set := range values {
			if f.given(name) {
				set(&next)
				changed = true
			}
		}
		if *file != "" {
			if err := readLists(*file, &next); err != nil {
				return err
			}
			changed = true
		}
		if !changed {
			showPolicy(w.out, ref.Policy)
			return nil
		}
		next.Number++
		if wrong := next.Check(); wrong != nil { // as the log would, but before it is in it
			return fmt.Errorf("such a policy makes no sense: %s\nNothing was changed; '%s policy' shows the values in force, '%s policy --help' what each is", findings([]syncproto.Finding{*wrong}), program, program)
		}
		if err := o.give(ctx, syncproto.CommandIssuePolicy, policy.Issue{Policy: next}); err != nil {
			return err
		}
		showPolicy(w.out, next)
		return nil
	})
}

// policyFlags are the values of a policy, each with how it is set from its flag.
func policyFlags(f *form) map[string]func(*policy.Body) {
	set := map[string]func(*policy.Body){}
	span := func(name, usage string, of func(*policy.Body) *syncproto.Span) {
		value := f.Duration(name, 0, usage)
		set[name] = func(b *policy.Body) { *of(b) = syncproto.SpanOf(*value) }
	}
	span("response-limit", "a department responds within this `time`", func(b *policy.Body) *syncproto.Span { return &b.ResponseLimit })
	span("promise-limit", "a promised call comes within this `time` of the first contact", func(b *policy.Body) *syncproto.Span { return &b.PromiseLimit })
	span("hold-after-due", "a firing waits this `long` for a desk that is handing in", func(b *policy.Body) *syncproto.Span { return &b.HoldAfterDue })
	span("hold-after-start", "all firings wait this `long` after the server started", func(b *policy.Body) *syncproto.Span { return &b.HoldAfterStart })
	span("offline-use", "a replica may be used this `long` without the server", func(b *policy.Body) *syncproto.Span { return &b.OfflineUse })
	warn := f.Int64("warn-at", 0, "a clock warns after this `part` of its time, in 1/10000")
	set["warn-at"] = func(b *policy.Body) { b.WarnAt = *warn }
	limit := new(syncproto.Fen)
	f.Func("monthly-limit", "a regional manager's authority a month, in `yuan`", func(text string) (err error) {
		*limit, err = syncproto.ParseFen(text)
		return err
	})
	set["monthly-limit"] = func(b *policy.Body) { b.MonthlyLimit = *limit }
	return set
}

func showPolicy(out io.Writer, b policy.Body) {
	fmt.Fprintf(out, "version           %d\n", b.Number)
	for _, line := range []struct {
		name  string
		value any
	}{
		{"response-limit", b.ResponseLimit}, {"promise-limit", b.PromiseLimit}, {"warn-at", b.WarnAt},
		{"monthly-limit", b.MonthlyLimit}, {"hold-after-due", b.HoldAfterDue}, {"hold-after-start", b.HoldAfterStart},
		{"offline-use", b.OfflineUse}, {"channels", b.Channels}, {"boards", b.Boards}, {"types", b.Types},
		{"categories", b.Categories}, {"reasons", b.Reasons},
	} {
		fmt.Fprintf(out, "%-16s  %v\n", line.name, line.value)
	}
	for _, p := range b.May {
		fmt.Fprintf(out, "%-16s  %v\n", p.Command, p.Roles)
	}
}
