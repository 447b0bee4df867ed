package session

import (
	"crypto/ed25519"
	"testing"

	"redress/syncproto"
)

// A revoked device is read nothing for and offered nothing, in any version and from any cursor,
// also where whoever keeps the tokens says that its person reads.
func TestARevokedDeviceIsSentNothingWhateverItsToken(t *testing.T) {
	for version := syncproto.Oldest; version <= syncproto.Version; version++ {
		for _, cursor := range []uint64{0, 5, 99} {
			w := newWorld(t)
			s := NewServer(w.now)
			s.Step(w.now, Heard{&syncproto.Hello{Newest: version, Oldest: 1, LogID: logID, Epoch: 1, Cursor: cursor, Device: device, Incarnation: first}})
			s.Step(w.now, Identified{Identity{Key: w.key.Public().(ed25519.PublicKey), Revoked: true, ReadsUntil: w.now.Add(syncproto.Hour), Incarnation: first,
				LogID: logID, Epoch: 1, Head: 9, Buckets: []syncproto.Bucket{{1}}, Nonce: make([]byte, 32)}})
			proof := syncproto.Proof{}
			proof.Signature = ed25519.Sign(w.key, syncproto.ProofBytes(make([]byte, 32), proof))
			all := s.Step(w.now, Heard{&proof})
			for _, in := range []ServerInput{Advanced{Head: 12}, Offered{Grants: []syncproto.SignedGrant{{}}}, Heard{&syncproto.Applied{Cursor: cursor}}, Elapsed{},
				Heard{&syncproto.Fetch{Bucket: syncproto.Bucket{1}, Parts: syncproto.AllParts}}} {
				w.now = w.now.Add(syncproto.HeadEvery)
				all = append(all, s.Step(w.now, in)...)
			}
			for _, out := range all {
				switch out := out.(type) {
				case ReadDelta:
					t.Errorf("version %d from %d: it is read for: %+v", version, cursor, out)
				case Ready:
					if !out.HandIn {
						t.Errorf("version %d from %d: it does not only hand in", version, cursor)
					}
				case Send:
					switch f := out.Frame.(type) {
					case *syncproto.Welcome:
						if f.Action != syncproto.ActionHandIn || len(f.Buckets) > 0 {
							t.Errorf("version %d from %d: welcomed with %+v", version, cursor, f)
						}
					case *syncproto.Head, *syncproto.Grants, *syncproto.Delta, *syncproto.Checkpoint:
						t.Errorf("version %d from %d: it is sent a %T", version, cursor, f)
					}
				}
			}
		}
	}
}
