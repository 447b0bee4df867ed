package syncclient

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"redress/syncproto"
)

// FuzzAddress: whatever is typed as the server's address, it is refused, or it is one: it rests on
// the disk as it is read again at the next start, each request goes to that very host, and without
// TLS nothing leaves this machine.
func FuzzAddress(f *testing.F) {
	for _, text := range []string{"redress.example.cn", " redress.example.cn:8443 ", "https://redress.example.cn/desk/", "127.0.0.1:8460", "ws://[::1]:8460", "http://localhost:8460", "wss://LOCALHOST", "http://127.0.0.1.example.cn",
		"https://someone@redress.example.cn", "https://h//", "https://h/a%20b", "https://h/100%25", "https://h/a%3Fb", "https://h/a%2Fb", "https://[fe80::1%25eth0]:1", "诉达.cn", "https://%e8%af%89", "https://%ff", "h?", "h#", "h:", "h:99999", "h/..", "http://localhost/@h", `http://localhost\@h`, "", "://", "h\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress(text)
		if err != nil {
			if !errors.Is(err, &syncproto.Problem{Code: CodeBadAddress}) && !errors.Is(err, &syncproto.Problem{Code: CodeInsecure}) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := ParseAddress(a.String()); err != nil || again != a || !utf8.ValidString(a.String()) {
			t.Fatalf("%q is %+v, kept as %q and read as %+v (%v)", text, a, a, again, err)
		}
		for _, asked := range []string{a.web(syncproto.PathEnrol), a.socket()} {
			u, err := url.Parse(asked)
			if err != nil || u.Host != a.host || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, a.path+"/") {
				t.Fatalf("%q: %q is asked, which is %+v (%v)", text, asked, u, err)
			}
			if ip := net.ParseIP(u.Hostname()); (u.Scheme == "https" || u.Scheme == "wss") != a.secure || !a.secure && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
				t.Errorf("%q is asked without TLS", asked)
			}
		}
	})
}
