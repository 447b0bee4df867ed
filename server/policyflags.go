package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// policyFlags are the values of a policy, each with how it is set from its flag. Whether a
// value makes sense the policy itself says; here only what it could not hold is refused.
func policyFlags(f *form) map[string]func(*policy.Body) error {
	set := map[string]func(*policy.Body) error{}
	span := func(name, usage string, of func(*policy.Body) *syncproto.Span) {
		value := f.Duration(name, 0, usage)
		set[name] = func(b *policy.Body) error { *of(b) = syncproto.SpanOf(*value); return nil }
	}
	span("response-limit", "a department responds within this `time`", func(b *policy.Body) *syncproto.Span { return &b.ResponseLimit })
	span("promise-limit", "a promised call comes within this `time` of the first contact", func(b *policy.Body) *syncproto.Span { return &b.PromiseLimit })
	span("hold-after-due", "a firing waits this `long` for a desk that is handing in", func(b *policy.Body) *syncproto.Span { return &b.HoldAfterDue })
	span("hold-after-start", "all firings wait this `long` after the server started", func(b *policy.Body) *syncproto.Span { return &b.HoldAfterStart })
	span("offline-use", "a replica may be used this `long` without the server", func(b *policy.Body) *syncproto.Span { return &b.OfflineUse })
	span("resolution-limit", "what is unresolved for this `time` goes to the department head; 0 is never", func(b *policy.Body) *syncproto.Span { return &b.ResolutionLimit })
	span("head-limit", "what the head has not resolved this `time` after it came goes to the vice president; 0 is never", func(b *policy.Body) *syncproto.Span { return &b.HeadLimit })
	span("recipient-response", "whoever a ticket was escalated to responds within this `time`; 0 is no limit", func(b *policy.Body) *syncproto.Span { return &b.RecipientResponse })
	span("recipient-resolution", "whoever a ticket was escalated to resolves within this `time`; 0 is no limit", func(b *policy.Body) *syncproto.Span { return &b.RecipientResolution })
	span("remind-every", "who is overdue is reminded this `often`; 0 is never", func(b *policy.Body) *syncproto.Span { return &b.RemindEvery })
	span("dispute-limit", "disputed evidence is decided within this `time`, then the deadline counts as missed", func(b *policy.Body) *syncproto.Span { return &b.DisputeLimit })
	span("reopen-grace", "nothing fires for this `long` after a ticket was reopened", func(b *policy.Body) *syncproto.Span { return &b.ReopenGrace })
	number := func(name, usage string, most int64, to func(*policy.Body, int64)) {
		value := f.Int64(name, 0, usage)
		set[name] = func(b *policy.Body) error {
			if *value < 0 || *value > most {
				return fmt.Errorf("%d is not between 0 and %d", *value, most)
			}
			to(b, *value)
			return nil
		}
	}
	number("warn-at", "a clock warns after this `part` of its time, in 1/10000", math.MaxInt64, func(b *policy.Body, n int64) { b.WarnAt = n })
	number("reminders", "who is overdue is reminded at most so `many` times", math.MaxUint8, func(b *policy.Body, n int64) { b.Reminders = uint8(n) })
	number("share-tolerance", "two devices of a manager are evened out when their shares differ by more than this `part` of both, in 1/10000", math.MaxInt64, func(b *policy.Body, n int64) { b.ShareTolerance = n })
	number("next-month-from", "from this `day` of a month on the next month's authority is handed out; 0 is not before it begins", math.MaxUint8, func(b *policy.Body, n int64) { b.NextMonthFrom = uint8(n) })
	limit := amountFlag(f, "monthly-limit", "a regional manager's authority a month, in `yuan`")
	set["monthly-limit"] = func(b *policy.Body) error { b.MonthlyLimit = *limit; return nil }
	basis := f.String("resolution-basis", "", "what the resolution limit counts from: first-contact or dispatch")
	set["resolution-basis"] = func(b *policy.Body) error {
		parsed, known := policy.ParseBasis(*basis)
		if !known {
			return fmt.Errorf("%q is neither first-contact nor dispatch", *basis)
		}
		b.ResolutionBasis = parsed
		return nil
	}
	ageing := f.String("ageing-limits", "", "how `long` a ticket is open before the service department gets it, and leadership: 120h,240h; empty is never")
	set["ageing-limits"] = func(b *policy.Body) (err error) { b.AgeingLimits, err = spans(*ageing); return err }
	return set
}

// spans reads times separated by commas.
func spans(text string) ([]syncproto.Span, error) {
	var all []syncproto.Span
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		d, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q is no time; write it as 120h", part)
		}
		all = append(all, syncproto.SpanOf(d))
	}
	return all, nil
}

// practiceFlag is a flag for how long an hour of the business lasts; 0 is as long as ever.
func practiceFlag(f *form, usage string) func() (syncproto.Span, error) {
	hour := f.Duration("practice", 0, usage)
	return func() (syncproto.Span, error) {
		if *hour < 0 || *hour > time.Hour {
			return 0, f.wrong("practice", "%v is not between 0 and 1h", *hour)
		}
		return syncproto.SpanOf(*hour), nil
	}
}

// amountFlag is a flag for an amount of money in yuan.
func amountFlag(f *form, name, usage string) *syncproto.Fen {
	amount := new(syncproto.Fen)
	f.Func(name, usage, func(text string) (err error) {
		*amount, err = syncproto.ParseFen(text)
		return err
	})
	return amount
}
