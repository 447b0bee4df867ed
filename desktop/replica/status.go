package replica

import (
	"context"

	"redress/syncproto"
)

// Status is the state of sync in one look.
type Status struct {
	// OfflineSince is since when the server was not reached, 0 while connected.
	OfflineSince syncproto.Instant
	// Heard is the server's time when it was last heard.
	Heard syncproto.Instant
	// LetIn is the same of the last session that read, as the server let its person in.
	LetIn syncproto.Instant
	// Current: while connected, nothing newer was known at the last delta.
	Current bool
	Cursor  uint64
	// Head is how far the log was when the line came up; 0 where that is not known.
	Head uint64
	// Waiting commands have no verdict, and Unsent of them are only here (KeptHere); NeedsYou are
	// cards the person has not put away.
	Waiting, Unsent, NeedsYou int
	// Filling: something that this desk is to hold is still being fetched.
	// Filled of Wanted documents of it are here; Wanted is 0 before the server said how many.
	Filling        bool
	Filled, Wanted uint64
	// Heals is how often in the last hour parts were fetched again that had been held.
	Heals int
	// Differs is since when this desk holds something else than the server says it should and
	// has stopped healing; 0 where it does not. Somebody has to look.
	Differs syncproto.Instant
	// Doubtful: the file may be older than what this device did, so it approves nothing
	// until the server was asked.
	Doubtful bool
	// Erased is since when this replica is, because the device was revoked; 0 where it is not.
	Erased syncproto.Instant
}

// Status reads it.
func (r *Replica) Status(ctx context.Context) (Status, error) {
	s := r.self.Load()
	status := Status{OfflineSince: s.offlineSince, Heard: s.heardLast(), LetIn: s.heard, Current: s.current && s.offlineSince == 0,
		Cursor: s.cursor, Head: s.head, Doubtful: s.doubtful, Filling: len(s.filling) > 0, Differs: s.differs, Erased: s.erased}
	for _, b := range s.filling {
		if sums := s.sums[b]; sums != nil {
			status.Filled += uint64(sums.Total().Count)
		}
		status.Wanted += uint64(s.wanted[b])
	}
	err := r.reads.row(ctx, `SELECT (SELECT count(*) FROM outbox WHERE outcome = 0), (SELECT count(*) FROM outbox o WHERE outcome = 0 AND `+stage+` = 1),
		(SELECT count(*) FROM outbox WHERE card = 1),
		(SELECT count(*) FROM heal)`).
		Scan(&status.Waiting, &status.Unsent, &status.NeedsYou, &status.Heals)
	if err != nil {
		return Status{}, fault(r.path, "counting what waits", err)
	}
	return status, nil
}

// Owner is whose replica this is, and where its server is.
type Owner struct {
	Server     string
	Login      string
	Person     syncproto.ID
	Device     syncproto.ID
	DeviceCode string
	LogID      syncproto.ID
	// Keychain: the device's key lies in the system's keychain, and not in a file.
	Keychain bool
}

// Owner says it.
func (r *Replica) Owner() Owner {
	s := r.self.Load()
	return Owner{Server: s.server, Login: s.login, Person: s.person, Device: s.device, DeviceCode: s.code, LogID: s.logID, Keychain: r.chained}
}

// Holds is what this desk holds of a bucket, as it counts it.
func (r *Replica) Holds(b syncproto.Bucket) syncproto.Sum {
	if sums := r.self.Load().sums[b]; sums != nil {
		return sums.Total()
	}
	return syncproto.Sum{}
}
