package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// networkBits is how much of an IPv6 address is counted as one asker: who has one such
// address usually has all that begin like it, and could ask from another one each time.
const networkBits = 64

// address is whom a request is counted for.
func address(r *http.Request) string { return asker(r.RemoteAddr) }

// asker is whom a line from this host and port is counted for.
func asker(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(networkBits)
	if err != nil {
		return host
	}
	return network.String()
}

// withoutAddress is what failed on a line, and not between whom: the log has the address of those who are
// turned away, and of nobody else.
func withoutAddress(err error) error {
	var of *net.OpError
	if errors.As(err, &of) {
		return fmt.Errorf("%s: %w", of.Op, of.Err)
	}
	return err
}
