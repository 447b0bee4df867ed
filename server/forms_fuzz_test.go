package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// FuzzPolicyFile: whatever stands in a file of lists, it is refused with the file's name and the
// policy is as it was, or its lists can be chosen from.
func FuzzPolicyFile(f *testing.F) {
	for _, text := range []string{"", `{"channels": ["热线", "到店"]}`, `{"channels": ["热线",]}`, `{"channels": ["热线"]} {}`, `["热线"]`, `{"channels": 7}`, `{"channels": ["改了"], "types": []}`, `null`,
		`{"reasons": null}`, `{"channels": ["\ud800"]}`, "{\"channels\": [\"\xff\"]}", `{"CHANNELS": ["热线"]}`, `{"channels": [], "channels": ["热线"]}`} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "lists.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		body := policy.Default(1)
		err := readLists(path, &body)
		if err == nil {
			if bad := body.CheckLists(); bad != nil {
				t.Errorf("%q is taken with %+v", text, bad)
			}
			return
		}
		if !strings.Contains(err.Error(), path) || !bytes.Equal(syncproto.MustEncode(body), syncproto.MustEncode(policy.Default(1))) {
			t.Errorf("%q: %v, and the policy is changed", text, err)
		}
	})
}

// FuzzPolicyFlags: whatever words the command line has, a mistake is one of how it was called,
// or every value is given to the policy or refused.
func FuzzPolicyFlags(f *testing.F) {
	for _, line := range []string{"", "--response-limit 2h", "--response-limit=2h --response-limit=3h", "--monthly-limit 6000.00", "--monthly-limit=-1", "--ageing-limits 120h,240h", "--ageing-limits ,", "--warn-at 9223372036854775808",
		"--reminders 256", "--resolution-basis dispatch", "--resolution-basis x", "--help", "-", "--", "-- x", "--=", "---x", "--response-limit -2562047h", "x --remind-every 1h", "--practice"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		form := newForm("policy", "Fuzz.")
		values := policyFlags(form)
		if err := form.parse(world{out: io.Discard, err: io.Discard}, strings.Split(line, " ")); err != nil {
			if wrong := (usageError{}); !errors.As(err, &wrong) && !strings.Contains(err.Error(), "help") {
				t.Errorf("%q: %v", line, err)
			}
			return
		}
		body := policy.Default(1)
		for name, set := range values {
			if form.given(name) {
				_ = set(&body) // refused or not, nobody falls over
			}
		}
		if data := syncproto.MustEncode(body); len(data) > syncproto.MaxBody || !slices.Equal(body.Channels, policy.Default(1).Channels) {
			t.Errorf("%q makes a policy of %d bytes", line, len(data))
		}
	})
}
