package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// accountsOf reads every account of a month, by manager.
func accountsOf(ctx context.Context, s *store.Store, month syncproto.Month) (map[syncproto.ID]authority.Body, error) {
	accounts := map[syncproto.ID]authority.Body{}
	err := s.View(ctx, func(v *store.View) error {
		return v.EveryOfKind(syncproto.KindAccount, func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if err != nil {
				return fmt.Errorf("reading %v: %w", d.Ref, err)
			}
			if account, ok := body.(authority.Body); ok && account.Month == month {
				accounts[account.Manager] = account
			}
			return nil
		})
	})
	return accounts, err
}

func listAuthority(ctx context.Context, w world, arguments []string) error {
	f := newForm("authority", "Lists every manager's month: the limit asked for and the one in force, what is spent, what lies on which device, what is free, and how often the account was overdrawn. Reads only, also beside a running server.")
	monthOf := monthFlag(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	month, err := monthOf()
	if err != nil {
		return err
	}
	return read(ctx, *f.data, func(s *store.Store) error {
		ref, err := ledger.ReadReference(ctx, s)
		if err != nil {
			return err
		}
		accounts, err := accountsOf(ctx, s, month)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%v\n", month)
		for _, manager := range managers(ref, accounts) {
			account, opened := accounts[manager]
			if !opened {
				account.Limit = ref.Policy.MonthlyLimit
			}
			person, _ := ref.Person(manager)
			fmt.Fprintf(w.out, "%-12s limit %v  in force %v  spent %v  on devices %v  free %v  breaches %d  %s\n", person.Login,
				account.Limit, account.InForce(), account.Spent(), account.Reserved(), account.Free(), account.Breaches, person.Name)
			for _, line := range onDevices(ref, account) {
				plain(w.out, "    "+line)
			}
		}
		return nil
	})
}

// managers are all who have authority of their own or an account of the month, in the order
// of their log-in names.
func managers(ref reference.Reference, accounts map[syncproto.ID]authority.Body) []syncproto.ID {
	var all []syncproto.ID
	for manager := range accounts {
		all = append(all, manager)
	}
	for _, kind := range organisation.UnitKinds() {
		for _, unit := range ref.UnitsOf(kind) {
			for _, role := range policy.Roles() {
				all = append(all, ref.Members(unit, role)...)
			}
		}
	}
	all = slices.DeleteFunc(all, func(id syncproto.ID) bool {
		_, opened := accounts[id]
		return !opened && !ref.May(id, syncproto.CommandApproveClaim)
	})
	slices.SortFunc(all, func(a, b syncproto.ID) int {
		first, _ := ref.Person(a)
		second, _ := ref.Person(b)
		if first.Login != second.Login {
			return strings.Compare(first.Login, second.Login)
		}
		return a.Compare(b)
	})
	return slices.Compact(all)
}

// onDevices says what lies on each device: what it may still spend, what it was asked to
// give back, what it gave back and what was written off.
func onDevices(ref reference.Reference, account authority.Body) []string {
	type share struct{ left, asked, returned, lost syncproto.Fen }
	shares := map[syncproto.ID]share{}
	var devices []syncproto.ID
	for _, g := range account.Grants {
		if g.Kind != syncproto.GrantAmount {
			continue
		}
		s, known := shares[g.Device]
		if !known {
			devices = append(devices, g.Device)
		}
		shares[g.Device] = share{s.left + g.Left(), s.asked + g.Open(), s.returned + g.Returned, s.lost + g.WrittenOff}
	}
	var lines []string
	for _, id := range devices {
		device, _ := ref.Device(id)
		s := shares[id]
		line := fmt.Sprintf("%-4s left %v", device.Code, s.left)
		for _, part := range []struct {
			what   string
			amount syncproto.Fen
		}{{"asked back", s.asked}, {"given back", s.returned}, {"written off", s.lost}} {
			if part.amount > 0 {
				line += fmt.Sprintf("  %s %v", part.what, part.amount)
			}
		}
		if id == account.To {
			line += "  the manager wants all of it here"
		}
		lines = append(lines, line+"  "+device.Name)
	}
	return lines
}

// monthFlag is a flag for a calendar month, by default the running one.
func monthFlag(f *form) func() (syncproto.Month, error) {
	text := f.String("month", "", "the `month`, as 2026-11; by default the running one")
	return func() (syncproto.Month, error) {
		if *text == "" {
			return syncproto.MonthOf(now()), nil
		}
		month, ok := syncproto.ParseMonth(*text)
		if !ok {
			return 0, f.wrong("month", "%q is no month; write it as 2026-11", *text)
		}
		return month, nil
	}
}

// reasonFlag is a flag for the reason of a change, which has to be given.
func reasonFlag(f *form) func() (string, error) {
	text := f.String("reason", "", "why, as it stands in the log")
	return func() (string, error) {
		if strings.TrimSpace(*text) == "" {
			return "", f.wrong("reason", "the log needs the reason: --reason TEXT")
		}
		return *text, nil
	}
}

func setLimit(ctx context.Context, w world, arguments []string) error {
	f := newForm("limit", "Gives a manager's running or next month another limit. A raise counts at once. A cut counts as far as devices give back what they hold: each is asked as it connects, and until then what it holds may be spent without a breach.", "LOGIN")
	directory, as := operatorFlags(f)
	monthOf := monthFlag(f)
	limit := amountFlag(f, "limit", "the limit, in `yuan`")
	reasonOf := reasonFlag(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	month, err := monthOf()
	switch {
	case err != nil:
		return err
	case !f.given("limit"):
		return f.wrong("limit", "it is missing")
	}
	reason, err := reasonOf()
	if err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		manager, err := personNamed(ref, f.words[0])
		if err != nil {
			return err
		}
		command := authority.SetLimit{Manager: manager, Month: month, Limit: *limit, Reason: reason}
		if err := o.give(ctx, syncproto.CommandSetLimit, command); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%v %s limit %v\n", month, f.words[0], *limit)
		return nil
	})
}

func writeOff(ctx context.Context, w world, arguments []string) error {
	f := newForm("write-off", "Gives up what a lost device holds of a manager's month: it is free again, for the manager's other devices. If the device turns up and was used meanwhile, its approvals are honoured, and what that takes beyond the limit is a breach on record.", "LOGIN")
	directory, as := operatorFlags(f)
	monthOf := monthFlag(f)
	code := f.String("device", "", "the device's `code`, the first half of its ticket numbers")
	reasonOf := reasonFlag(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	month, err := monthOf()
	switch {
	case err != nil:
		return err
	case *code == "":
		return f.wrong("device", "it is missing; '%s authority' lists the codes", program)
	}
	reason, err := reasonOf()
	if err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		manager, err := personNamed(ref, f.words[0])
		if err != nil {
			return err
		}
		accounts, err := accountsOf(ctx, o.reader, month) // after what was given before
		if err != nil {
			return err
		}
		device, _ := ref.ByCode(*code)
		grants := slices.DeleteFunc(slices.Clone(accounts[manager].Grants), func(g authority.GrantState) bool {
			return g.Device != device || g.Dead() || g.Left() <= 0
		})
		if len(grants) == 0 {
			return fmt.Errorf("device %q holds nothing of the %v of %s; '%s authority --month %v' lists who holds what", *code, month, f.words[0], program, month)
		}
		for _, g := range grants {
			command := authority.WriteOff{Manager: manager, Month: month, Grant: g.ID, Reason: reason}
			if err := o.give(ctx, syncproto.CommandWriteOff, command); err != nil {
				return err
			}
			fmt.Fprintf(w.out, "%v %s %s written off %v\n", month, f.words[0], *code, g.Left())
		}
		return nil
	})
}
