package access

import (
	"strings"
	"testing"

	"redress/syncproto"
)

var cheap = hashing{memory: 8, passes: 1, threads: 1, salt: []byte("sixteen bytes of")}

// TestAHashThatAsksForTooMuch is refused before anything is taken for it: with no passes or no
// threads the hashing fails, and more memory than there is ends the whole server.
func TestAHashThatAsksForTooMuch(t *testing.T) {
	a := &Access{hashing: make(chan struct{}, 1)}
	good := cheap.of("correct horse")
	if fits, err := a.passwordFits(t.Context(), good, "correct horse"); err != nil || !fits {
		t.Fatal(fits, err)
	}
	for name, hash := range map[string]string{
		"no passes":           strings.Replace(good, "t=1", "t=0", 1),
		"no threads":          strings.Replace(good, "p=1", "p=0", 1),
		"no memory":           strings.Replace(good, "m=8", "m=0", 1),
		"all memory there is": strings.Replace(good, "m=8", "m=4294967295", 1),
		"an hour of passes":   strings.Replace(good, "t=1", "t=4294967295", 1),
		"a salt without end":  strings.Replace(good, "$c2l4", "$"+strings.Repeat("c2l4", 10_000), 1),
		"another kind":        strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":     strings.Replace(good, "v=19", "v=16", 1),
		"cut off":             good[:len(good)-1],
		"written otherwise":   strings.Replace(good, "m=8", "m=08", 1),
		"nothing":             "$$$$$",
	} {
		if fits, err := a.passwordFits(t.Context(), hash, "correct horse"); fits || err == nil || !strings.Contains(err.Error(), "set the person's password anew") {
			t.Errorf("%s: %v, %v", name, fits, err)
		}
	}
}

// FuzzPasswordHash: whatever stands as somebody's hash, it is refused with what to do, or asks for
// no more than a log-in may take, and is written again to the byte; and only the password that it
// was made of fits it.
func FuzzPasswordHash(f *testing.F) {
	good := cheap.of("correct horse")
	for _, hash := range []string{"", nobody, good, good[1:], good + "$", strings.Replace(good, "m=8", "m=+8", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "m=8,t=1", "m=131072,t=10", 1),
		strings.Replace(good, "p=1", "p=256", 1), strings.Replace(good, "p=1", "p=16 ", 1), strings.Replace(good, "$c2l4", "$", 1), "$argon2id$v=19$m=1\n,t=1,p=1$$"} {
		f.Add(hash, "correct horse")
	}
	f.Fuzz(func(t *testing.T, hash, password string) {
		a := &Access{hashing: make(chan struct{}, 1)}
		how, err := readHash(hash)
		if err != nil {
			if !strings.Contains(err.Error(), "set the person's password anew") {
				t.Errorf("%q: %v", hash, err)
			}
			if fits, err := a.passwordFits(t.Context(), hash, password); hash != "" && (fits || err == nil) {
				t.Errorf("%q is no hash, and %q fits it: %v, %v", hash, password, fits, err)
			}
			return
		}
		if how.memory > mostMemory || how.passes > mostPasses || how.threads > mostThreads || how.passes*uint32(how.threads) == 0 || len(how.salt) > mostSalt || !strings.HasPrefix(hash, how.head()) {
			t.Fatalf("%q is read as %+v", hash, how)
		}
		if how.memory*how.passes > 1024 {
			return // it takes its time
		}
		if len(password) > syncproto.MaxPassword {
			password = "" // it is none
		}
		made := how.of(password)
		if fits, err := a.passwordFits(t.Context(), hash, password); err != nil || fits != (made == hash) {
			t.Errorf("%q fits %q: %v, %v", password, hash, fits, err)
		}
		if fits, err := a.passwordFits(t.Context(), made, password); err != nil || !fits {
			t.Errorf("%q does not fit %q, which was made of it: %v", password, made, err)
		}
	})
}
