package workplace

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzLooks: whatever stands in the file of settings, the program begins with some that can be
// chosen, and those are read as the same when they are kept.
func FuzzLooks(f *testing.F) {
	for _, text := range []string{"", "null", "{}", `{"version":2}`, `{"version":1,"language":"en","shade":"dark","scale":150,"width":1000,"height":700,"places":{"a":3}}`,
		`{"version":1,"language":"zh","shade":"light","scale":100,"width":1,"height":1}`, `{"version":1e99}`, "\xff"} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, looksName), text, 0o600); err != nil {
			t.Fatal(err)
		}
		looks, trouble := ReadLooks(dir)
		if !looks.sound() || trouble != "" && !reflect.DeepEqual(looks, DefaultLooks()) {
			t.Fatalf("%q gives %+v and %q", text, looks, trouble)
		}
		if err := KeepLooks(dir, looks); err != nil {
			t.Fatal(err)
		}
		if again, trouble := ReadLooks(dir); trouble != "" || again.Language != looks.Language || again.Scale != looks.Scale || len(again.Places) != len(looks.Places) {
			t.Errorf("%q gives %+v, and kept %+v: %q", text, looks, again, trouble)
		}
	})
}
