package syncproto

// Every limit of the wire and of what is kept. Changing one changes the protocol.
const (
	MaxMessage         = 256 << 10 // bytes of one WebSocket message
	MaxBody            = 16 << 10  // bytes of a document's body
	MaxCommandBody     = 16 << 10  // bytes of a command's own body
	MaxIntent          = 20 << 10  // bytes of an intent, body included
	MaxEventBody       = 16 << 10  // bytes of one event's body
	MaxDocuments       = 32        // documents one command may change
	MaxEvents          = 64        // events one command may make
	MaxNeedsRounds     = 3         // how often Needs is asked
	MaxBatch           = 256       // commands the ledger takes at once
	MaxInFlight        = 64        // commands of a session without a verdict
	MaxFindings        = 16        // findings of one verdict
	MaxTold            = 16        // verdicts of one Told or Verdicts: also where each quotes a whole description they fit
	MaxShares          = 16        // grants one approval may charge
	MaxBuckets         = 64        // buckets of one desk
	MaxText            = 4000      // runes of a free text
	MaxShortText       = 200       // runes of a one-line text
	MaxDeltaDocs       = 256       // documents of one Delta
	MaxDeltaBytes      = 200 << 10 // bytes of bodies and history of one Delta
	MaxDeltasInWay     = 4         // Deltas sent and not yet applied
	MaxPageBytes       = 256 << 10 // bytes of a page's contents, unpacked
	MaxAmount      Fen = 1_000_000_000 * Yuan

	// HeadEvery is how often a desk that gets nothing hears the head.
	HeadEvery = 10 * Second
	// CheckpointEvery is how often a desk is told what its buckets hold.
	CheckpointEvery = 5 * Minute
	// HealsAnHour is how often in an hour a desk fetches again what it once held; then it
	// stops, and somebody is told.
	HealsAnHour = 3
	// PingEvery is how often a desk samples the server's time.
	PingEvery = 30 * Second
	// SilenceLimit ends a session from which nothing came for so long.
	SilenceLimit = 75 * Second
	// ProbeLimit ends a session from which nothing came for so long after somebody asked whether
	// the line is still there.
	ProbeLimit = 5 * Second
	// HandshakeLimit ends a session that has not come to a Welcome.
	HandshakeLimit = 20 * Second
)
