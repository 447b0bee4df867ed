package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryWrongFlagIsNamed, with what it takes, and nothing is done.
func TestEveryWrongFlagIsNamed(t *testing.T) {
	data, flags := place(t)
	cert, key, _ := certificate(t)
	_, otherKey, _ := certificate(t)
	garbage := filepath.Join(t.TempDir(), "garbage.pem")
	if err := os.WriteFile(garbage, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(arguments ...string) []string { return append(arguments, flags...) }
	for name, c := range map[string]struct {
		arguments []string
		status    int
		says      []string
	}{
		"an unknown flag":               {with("policy", "--respond", "2h"), 2, []string{"policy", "-respond", "--help"}},
		"a flag without its value":      {[]string{"verify", "--data"}, 2, []string{"-data", "--help"}},
		"a time that is none":           {with("policy", "--response-limit", "soon"), 2, []string{"soon", "-response-limit"}},
		"a number that is none":         {with("policy", "--warn-at", "most"), 2, []string{"most", "-warn-at"}},
		"a position below the first":    {[]string{"log", "--after", "-1", "--data", data}, 2, []string{"-1", "-after"}},
		"an amount that is none":        {with("policy", "--monthly-limit", "lots"), 2, []string{"lots", "-monthly-limit"}},
		"an amount of three decimals":   {with("policy", "--monthly-limit", "1.001"), 2, []string{"1.001", "-monthly-limit"}},
		"an amount below nothing":       {with("policy", "--monthly-limit", "-1"), 2, []string{"-1", "-monthly-limit"}},
		"a limit of no time":            {with("policy", "--response-limit", "0s"), 1, []string{"out-of-range response-limit"}},
		"a limit of two years":          {with("policy", "--promise-limit", "17520h"), 1, []string{"out-of-range promise-limit"}},
		"a hold of a day":               {with("policy", "--hold-after-due", "24h"), 1, []string{"out-of-range hold-after-due"}},
		"a hold before the start":       {with("policy", "--hold-after-start", "-1s"), 1, []string{"out-of-range hold-after-start"}},
		"never without the server":      {with("policy", "--offline-use", "0s"), 1, []string{"out-of-range offline-use"}},
		"a warning after the deadline":  {with("policy", "--warn-at", "10000"), 1, []string{"out-of-range warn-at"}},
		"practice backwards":            {with("policy", "--practice", "-1s"), 2, []string{"--practice", "between 0 and 1h"}},
		"a flag twice":                  {[]string{"verify", "--data", data, "--data", data}, 2, []string{"-data", "given twice", "--help"}},
		"a switch twice":                {[]string{"log", "--full", "--full", "--data", data}, 2, []string{"full", "given twice"}},
		"two values":                    {[]string{"verify", "--data", data, data}, 2, []string{"is not expected"}},
		"two names":                     {with("enrol", "li", "wang"), 2, []string{`"wang" is not expected`}},
		"nobody's name":                 {[]string{"unit", "华南区", "--kind", "region", "--data", data, "--operator", flags[3], "--as", ""}, 2, []string{"--as NAME"}},
		"a data directory that is none": {[]string{"verify", "--data", file}, 1, []string{file, "is no directory", "--data"}},
		"an operator's that is none":    {[]string{"unit", "华南区", "--kind", "region", "--data", data, "--operator", file, "--as", "周敏"}, 1, []string{file}},
		"a port that is none":           {[]string{"serve", "--data", data, "--listen", "127.0.0.1:http"}, 2, []string{"--listen", "127.0.0.1:7900"}},
		"a port there cannot be":        {[]string{"serve", "--data", data, "--listen", "127.0.0.1:70000"}, 2, []string{"--listen", "127.0.0.1:7900"}},
		"a certificate alone":           {[]string{"serve", "--data", data, "--tls-cert", cert}, 2, []string{"--tls-key", "missing"}},
		"a key alone":                   {[]string{"serve", "--data", data, "--tls-key", key}, 2, []string{"--tls-cert", "missing"}},
		"a certificate that is garbage": {[]string{"serve", "--data", data, "--tls-cert", garbage, "--tls-key", key}, 1, []string{garbage, "PEM"}},
		"another certificate's key":     {[]string{"serve", "--data", data, "--tls-cert", cert, "--tls-key", otherKey}, 1, []string{otherKey, "its key"}},
		"no password to read":           {with("password", "li", "--stdin"), 2, []string{"nothing to read"}},
		"a unit without a name":         {with("unit", "", "--kind", "region"), 1, []string{"missing name"}},
		"a unit of too long a name":     {with("unit", strings.Repeat("长", 300), "--kind", "region"), 1, []string{"too-long name"}},
	} {
		t.Run(name, func(t *testing.T) {
			said := call(t, "", c.arguments...)
			if said.status != c.status || said.out != "" {
				t.Errorf("status %d, want %d; on standard output: %q", said.status, c.status, said.out)
			}
			for _, part := range c.says {
				if !strings.Contains(said.err, part) {
					t.Errorf("it says %q; want %q in it", said.err, part)
				}
			}
		})
	}
	if said := call(t, "", "log", "--data", data); strings.Count(said.out, "accepted") != 1 {
		t.Errorf("something of it was taken:\n%s", said.out)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 {
		t.Errorf("%+v", said)
	}
}
