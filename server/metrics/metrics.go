package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

// Ledger is what is asked of the ledger.
type Ledger interface {
	Head() store.Head
	Waiting() int
	Restoring() bool
	Reference() reference.Reference
	FrozenAccounts(managers []syncproto.ID) int
}

// Sessions is what is asked of the sessions.
type Sessions interface {
	Sessions() int
	Opening() int
	Lag() uint64
	Heals() (healed, stopped uint64)
	Refused() map[string]uint64
}

// Copy is what is asked of the copy of the log.
type Copy interface{ Mark() uint64 }

// Sources is whom the figures come from. Copy is nil where none is kept.
type Sources struct {
	Log      *Log
	Commits  *Commits
	Ledger   Ledger
	Sessions Sessions
	Copy     Copy
	WAL      func() int64  // bytes
	Room     func() uint64 // bytes that are free on the disk of the data
	// Words are all troubles there can be, and Troubled those there are.
	Words    []string
	Troubled func() []string
}

// Handler answers a scrape at PathMetrics, and nothing else.
func Handler(s Sources, log zerolog.Logger) http.Handler {
	all := prometheus.NewPedanticRegistry()
	all.MustRegister(collector(s.collect), s.Commits.took, s.Commits.size)
	mux := http.NewServeMux()
	mux.Handle("GET "+PathMetrics, promhttp.HandlerFor(all, promhttp.HandlerOpts{ErrorLog: sayer{log}, ErrorHandling: promhttp.HTTPErrorOnError, MaxRequestsInFlight: scrapesAtOnce}))
	return mux
}

// PathMetrics is where a scrape asks.
const PathMetrics = "/metrics"

// scrapesAtOnce is how many may ask at once.
const scrapesAtOnce = 4

type sayer struct{ log zerolog.Logger }

// Println is told why a scrape failed.
func (s sayer) Println(what ...any) {
	s.log.Error().Interface("why", what).Msg("the metrics cannot be shown")
}

// figure is one metric with its values, each of one label's value.
type figure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) figure {
	return figure{prometheus.NewDesc("redress_"+name, help, labels, nil), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) figure {
	return figure{prometheus.NewDesc("redress_"+name, help, labels, nil), prometheus.CounterValue}
}

var (
	head        = gauge("log_head", "Position of the newest entry.")
	sessions    = gauge("sessions", "Lines that are up, those that are opening included.")
	opening     = gauge("sessions_opening", "Lines that have not proved yet whose they are.")
	lag         = gauge("session_lag_entries", "Entries by which the slowest desk that reads is behind the head.")
	waiting     = gauge("ledger_waiting", "Submissions that wait to be decided.")
	parked      = gauge("parked_commands", "Commands that wait, by what for.", "code")
	forAPerson  = gauge("parked_for_a_person", "Commands that wait for a person's word alone, whatever the code.")
	heals       = counter("heals_total", "How often since the start a desk fetched again what it held.")
	stopped     = counter("heals_stopped_total", "How often since the start a desk stopped healing because it did not help.")
	disputes    = gauge("disputes_open", "Clocks whose evidence waits for a decision.")
	outstanding = gauge("grants_outstanding_fen", "What lies on devices and may be spent without a line, of all months, in fen.")
	overdrafts  = counter("overdrafts_total", "How often an account was overdrawn, ever.")
	fired       = counter("deadlines_fired_total", "Deadlines that fired since the start.")
	rescinded   = counter("firings_rescinded_total", "Firings that were taken back since the start.")
	wal         = gauge("wal_bytes", "Length of the database's write-ahead log.")
	behindCopy  = gauge("copy_lag_entries", "Entries that the copy of the log does not hold yet; absent where none is kept.")
	room        = gauge("disk_free_bytes", "Room on the disk of the data.")
	collecting  = gauge("collecting", "1 while a restored server waits for what the desks have.")
	frozen      = gauge("frozen_managers", "Managers whose accounts are frozen after a restore to an older state.")
	trouble     = gauge("trouble", "1 for each word of what is not as it should be, see OPERATING.md.", "word")
	refused     = counter("refused_total", "Who was not let in since the start, by the limit.", "limit")
)

// collect reads all of them.
func (s Sources) collect(tell func(f figure, value float64, labels ...string)) {
	end := s.Ledger.Head().Seq
	tell(head, float64(end))
	tell(sessions, float64(s.Sessions.Sessions()))
	tell(opening, float64(s.Sessions.Opening()))
	tell(lag, float64(s.Sessions.Lag()))
	tell(waiting, float64(s.Ledger.Waiting()))
	for code, n := range s.Log.Parked() {
		tell(parked, float64(n), string(code))
	}
	tell(forAPerson, float64(s.Log.ForAPerson()))
	healed, gaveUp := s.Sessions.Heals()
	tell(heals, float64(healed))
	tell(stopped, float64(gaveUp))
	tell(disputes, float64(s.Log.Disputes()))
	tell(outstanding, float64(s.Log.Outstanding()))
	tell(overdrafts, float64(s.Log.Overdrafts()))
	tell(fired, float64(s.Log.Events(syncproto.EventClockFired)))
	tell(rescinded, float64(s.Log.Events(syncproto.EventFiringRescinded)))
	tell(wal, float64(s.WAL()))
	if s.Copy != nil {
		tell(behindCopy, float64(end-min(s.Copy.Mark(), end)))
	}
	tell(room, float64(s.Room()))
	tell(collecting, truth(s.Ledger.Restoring()))
	tell(frozen, float64(s.Ledger.FrozenAccounts(s.Ledger.Reference().Ever(policy.Manager))))
	there := map[string]bool{}
	for _, word := range s.Troubled() {
		there[word] = true
	}
	for _, word := range s.Words {
		tell(trouble, truth(there[word]), word)
	}
	for limit, n := range s.Sessions.Refused() {
		tell(refused, float64(n), limit)
	}
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// collector turns what collect tells into Prometheus' form.
type collector func(tell func(f figure, value float64, labels ...string))

// Describe names the figures.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, f := range []figure{head, sessions, opening, lag, waiting, parked, forAPerson, heals, stopped, disputes, outstanding, overdrafts,
		fired, rescinded, wal, behindCopy, room, collecting, frozen, trouble, refused} {
		to <- f.desc
	}
}

// Collect reads them.
func (c collector) Collect(to chan<- prometheus.Metric) {
	c(func(f figure, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(f.desc, f.kind, value, labels...)
	})
}
