package main

import (
	"context"
	"fmt"
	"io"

	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

func issuePolicy(ctx context.Context, w world, arguments []string) error {
	f := newForm("policy", "Shows the policy in force. With flags, puts a new version in force with these values changed: it binds what starts after it.")
	directory, as := operatorFlags(f)
	values := policyFlags(f)
	file := f.String("file", "", "a JSON `file` with the lists people choose from: channels, boards, types, categories, reasons")
	complete := f.Bool("complete", false, "give a policy from before a rule existed what the default says of that rule: its limits, and who may give its commands; what the policy does say stays")
	practiceOf := practiceFlag(f, "how `long` an hour of the business lasts, for practice: scales every deadline of the default policy")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	practice, err := practiceOf()
	if err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		next := ref.Policy
		changed := practice > 0
		if changed {
			next = policy.Scaled(policy.Default(next.Number), practice)
		}
		if *complete {
			next, changed = policy.Complete(next), true
		}
		for name, set := range values {
			if f.given(name) {
				if err := set(&next); err != nil {
					return f.wrong(name, "%v", err)
				}
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

func showPolicy(out io.Writer, b policy.Body) {
	fmt.Fprintf(out, "version           %d\n", b.Number)
	for _, line := range []struct {
		name  string
		value any
	}{
		{"response-limit", b.ResponseLimit}, {"promise-limit", b.PromiseLimit}, {"warn-at", b.WarnAt},
		{"monthly-limit", b.MonthlyLimit}, {"hold-after-due", b.HoldAfterDue}, {"hold-after-start", b.HoldAfterStart},
		{"offline-use", b.OfflineUse}, {"resolution-limit", b.ResolutionLimit}, {"resolution-basis", b.ResolutionBasis},
		{"head-limit", b.HeadLimit}, {"ageing-limits", b.AgeingLimits}, {"recipient-response", b.RecipientResponse},
		{"recipient-resolution", b.RecipientResolution}, {"remind-every", b.RemindEvery}, {"reminders", b.Reminders},
		{"dispute-limit", b.DisputeLimit}, {"reopen-grace", b.ReopenGrace}, {"share-tolerance", b.ShareTolerance},
		{"next-month-from", b.NextMonthFrom}, {"channels", b.Channels}, {"boards", b.Boards}, {"types", b.Types},
		{"categories", b.Categories}, {"reasons", b.Reasons},
	} {
		fmt.Fprintf(out, "%-16s  %v\n", line.name, line.value)
	}
	for _, p := range b.May {
		fmt.Fprintf(out, "%-16s  %v\n", p.Command, p.Roles)
	}
}
