package gateway

import (
	"runtime"
	"time"

	"redress/server/access"
	"redress/syncproto"
)

// Limits are all limits on who may come in and how much they may say before anybody knows who
// they are. What a session may do later is bounded by syncproto's limits; what is asked and
// sent is bounded in bytes there too.
//
// A whole office may share one address behind its router, so the limits by address are those
// of a large office that comes back all at once.
type Limits struct {
	// Sessions is how many desks may be connected at once, and Opening how many of these have
	// not proved yet whose they are: only so many can be held by strangers.
	Sessions, Opening int
	// Welcoming is how many of those that open are attended to at once; the others wait their turn,
	// so that whoever works is not behind all of an office that comes back.
	Welcoming int
	// Connections is how many lines there are at once, whatever they are for, and OfAddress
	// how many from one address. Who comes beyond it is hung up on without a word.
	Connections, OfAddress int
	// Header is how long a request's header may take, TLS included, Request the whole of it
	// and its answer, and Idle how long a line may wait for the next.
	Header, Request, Idle time.Duration
	// HeaderBytes is how long a request's header may be; FirstBytes how long one message of a
	// session is before the device has proved itself, and FirstMessages how many there are.
	HeaderBytes, FirstBytes, FirstMessages int
	// How often sessions may begin: from an address, and of a device that has proved itself.
	ByAddress, ByDevice Rate
	// How often may be asked beside the sessions: for a log-in that a device signed; from an
	// address, by whom no device has signed for; and apart from these, so that it slows down no
	// log-in, for what a log-in signs and about all desks.
	LoginsOfDevice, AsksOfAddress, NoncesOfAddress, WatchesOfAddress Rate
}

// Rate lets so many through in a row, and then one each Every.
type Rate struct {
	Burst int
	Every syncproto.Span
}

func (r Rate) limiter() *access.Limiter { return &access.Limiter{Burst: r.Burst, Every: r.Every} }

// DefaultLimits are those of the product. How long an opening may take in all is
// syncproto.HandshakeLimit, and how long a session may be silent syncproto.SilenceLimit.
func DefaultLimits() Limits {
	return Limits{
		Sessions: 10_000, Opening: 1_000, Welcoming: runtime.GOMAXPROCS(0), Connections: 12_000, OfAddress: 2_000,
		Header: 10 * time.Second, Request: 30 * time.Second, Idle: 2 * time.Minute,
		HeaderBytes: 16 << 10, FirstBytes: 8 << 10, FirstMessages: 6,
		ByAddress:        Rate{Burst: 2_000, Every: 20 * syncproto.Millisecond},
		ByDevice:         Rate{Burst: 60, Every: 5 * syncproto.Second},
		LoginsOfDevice:   Rate{Burst: 8, Every: 12 * syncproto.Second},
		AsksOfAddress:    Rate{Burst: 120, Every: syncproto.Second},
		NoncesOfAddress:  Rate{Burst: 2_000, Every: 20 * syncproto.Millisecond},
		WatchesOfAddress: Rate{Burst: 120, Every: syncproto.Second},
	}
}

// Restrict sets other limits than DefaultLimits. To be called before the first session.
func (h *Hub) Restrict(to Limits) {
	h.limits, h.byAddress, h.byDevice = to, to.ByAddress.limiter(), to.ByDevice.limiter()
	h.welcoming = make(chan struct{}, max(to.Welcoming, 1))
}
