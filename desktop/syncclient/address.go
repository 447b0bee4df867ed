package syncclient

import (
	"net"
	"net/url"
	"strings"
	"unicode/utf8"

	"redress/syncproto"
)

// Codes of what can be wrong with the line, beside those of the session.
const (
	CodeUnreachable  syncproto.Code = "unreachable"     // no answer from the server
	CodeBadAddress   syncproto.Code = "bad-address"     // the server's address is none
	CodeInsecure     syncproto.Code = "insecure"        // without TLS only on this machine
	CodeNoPassword   syncproto.Code = "no-password"     // the first log-in needs the server
	CodeOfflineEnded syncproto.Code = "offline-ended"   // too long without the server: log in with a line
	CodeCertificate  syncproto.Code = "bad-certificate" // the server's certificate is not trusted
	// CodeServerFull is the server's CodeDiskFull, which would read as if the desk's disk were.
	CodeServerFull syncproto.Code = "server-disk-full"
	// CodeHandsIn is a line on which the server takes what was done and sends nothing, though
	// somebody sits there who has logged in at the desk.
	CodeHandsIn syncproto.Code = "hands-in-only"
)

// Address is where the server is.
type Address struct {
	host   string
	path   string
	secure bool
}

// ParseAddress reads a server's address as an operator writes it: "redress.example.cn",
// "host:8443", or with https:// or wss:// before it. Without TLS (http:// or ws://) only
// this machine is taken; an address of this machine without a scheme means that. Errors
// are Problems with CodeBadAddress or CodeInsecure.
func ParseAddress(text string) (Address, error) {
	bad := func(why string) (Address, error) {
		return Address{}, &syncproto.Problem{Code: CodeBadAddress, Doing: "reading the server's address", Detail: why}
	}
	text = strings.TrimSpace(text)
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "", text
	}
	u, err := url.Parse("https://" + rest) // of other schemes less is asked
	if err != nil {
		return bad(err.Error())
	}
	if u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return bad("it is no host name")
	}
	if strings.Contains(u.Host, "%") || !utf8.ValidString(u.Host+u.Path) { // a zone of IPv6 is this machine's own word
		return bad("it is no host name that can be written down")
	}
	here := loopback(u.Hostname())
	a := Address{host: u.Host, path: strings.TrimRight(u.Path, "/")}
	switch scheme {
	case "https", "wss":
		a.secure = true
	case "":
		a.secure = !here
	case "http", "ws":
		if !here {
			return Address{}, &syncproto.Problem{Code: CodeInsecure, Doing: "reading the server's address", Detail: u.Host + " is not this machine"}
		}
	default:
		return bad("it begins with " + scheme)
	}
	return a, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// String writes the address so that ParseAddress reads the same.
func (a Address) String() string { return a.web("") }

func (a Address) web(path string) string {
	scheme := "http://"
	if a.secure {
		scheme = "https://"
	}
	return scheme + a.host + (&url.URL{Path: a.path}).EscapedPath() + path
}

func (a Address) socket() string {
	return "ws" + strings.TrimPrefix(a.web(syncproto.PathSession), "http")
}
