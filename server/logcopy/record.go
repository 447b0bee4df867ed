package logcopy

import (
	"encoding/binary"
	"hash/crc32"

	"redress/server/store"
	"redress/syncproto"
)

// record is one thing in the file: its length (4 bytes), CRC-32C (4 bytes) and CBOR. Exactly
// one of its parts is there. The keys are for ever.
type record struct {
	Batch      *batch      `cbor:"1,keyasint,omitempty"`
	Identity   *identity   `cbor:"2,keyasint,omitempty"`
	Entry      *entry      `cbor:"3,keyasint,omitempty"`
	Credential *credential `cbor:"4,keyasint,omitempty"`
}

// parts is how many of them are there: none where only a newer program knows what it says.
func (r record) parts() (n int) {
	for _, there := range []bool{r.Batch != nil, r.Identity != nil, r.Entry != nil, r.Credential != nil} {
		if there {
			n++
		}
	}
	return n
}

// batch begins what is written with one sync. What lies before it was synced: a record that
// does not hold there was damaged later, and is no end that a crash left unfinished.
type batch struct {
	At int64 `cbor:"1,keyasint,omitempty"` // where in the file it stands
}

// identity is whose log it is: at the beginning, and again at each new epoch.
type identity struct {
	LogID          syncproto.ID `cbor:"1,keyasint,omitzero"`
	Epoch          uint32       `cbor:"2,keyasint,omitempty"`
	ServerSeed     []byte       `cbor:"3,keyasint,omitempty"` // of the Ed25519 key
	OperatorDevice syncproto.ID `cbor:"4,keyasint,omitzero"`
	OperatorKey    []byte       `cbor:"5,keyasint,omitempty"`
}

// entry is one entry of the log.
type entry struct {
	Seq     uint64         `cbor:"1,keyasint,omitempty"`
	Epoch   uint32         `cbor:"2,keyasint,omitempty"`
	Header  []byte         `cbor:"3,keyasint,omitempty"`
	Payload []byte         `cbor:"4,keyasint,omitempty"`
	Chain   syncproto.Hash `cbor:"5,keyasint,omitzero"`
}

// credential is a row beside the log that was set, or removed.
type credential struct {
	Kind      store.CredentialKind `cbor:"1,keyasint,omitempty"`
	Key       []byte               `cbor:"2,keyasint,omitempty"`
	Removed   bool                 `cbor:"3,keyasint,omitempty"`
	Person    syncproto.ID         `cbor:"4,keyasint,omitzero"`
	Device    syncproto.ID         `cbor:"5,keyasint,omitzero"`
	Text      string               `cbor:"6,keyasint,omitempty"`
	Expires   syncproto.Instant    `cbor:"7,keyasint,omitempty"`
	DeviceKey []byte               `cbor:"8,keyasint,omitempty"`
}

func ofRow(c store.Credential) credential {
	return credential{Kind: c.Kind, Key: c.Key, Person: c.Person, Device: c.Device, Text: c.Text, Expires: c.Expires, DeviceKey: c.DeviceKey}
}

func (c credential) row() store.Credential {
	return store.Credential{Kind: c.Kind, Key: c.Key, Person: c.Person, Device: c.Device, Text: c.Text, Expires: c.Expires, DeviceKey: c.DeviceKey}
}

// name is what a credential is found by.
func (c credential) name() string { return string(rune(c.Kind)) + string(c.Key) }

const (
	frame = 4 + 4
	// maxRecord bounds what is believed of a length: an entry with as many events as a command
	// may make, each as large as it may be, and its command.
	maxRecord = syncproto.MaxEvents*(syncproto.MaxEventBody+512) + syncproto.MaxIntent + 64<<10
	// maxBatchRecord bounds the record that begins a batch.
	maxBatchRecord = 32
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord adds a record to what is to be written.
func appendRecord(data []byte, r record) []byte {
	body := syncproto.MustEncode(r)
	data = binary.BigEndian.AppendUint32(data, uint32(len(body)))
	data = binary.BigEndian.AppendUint32(data, crc32.Checksum(body, castagnoli))
	return append(data, body...)
}

// framed is the record that data begins with and how many bytes it takes; 0 where there is
// no whole one.
func framed(data []byte) (body []byte, size int) {
	if len(data) < frame {
		return nil, 0
	}
	length := int(binary.BigEndian.Uint32(data))
	if length == 0 || length > maxRecord || len(data)-frame < length {
		return nil, 0
	}
	body = data[frame : frame+length]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(data[4:]) {
		return nil, 0
	}
	return body, frame + length
}

// syncedBehind says whether a batch begins behind a record that does not hold: at is where
// in the file data begins. Then what does not hold was synced once.
func syncedBehind(data []byte, at int64) bool {
	for i := 1; i+frame < len(data); i++ {
		if length := binary.BigEndian.Uint32(data[i:]); length == 0 || length > maxBatchRecord {
			continue
		}
		body, size := framed(data[i:])
		var r record
		if size > 0 && syncproto.Decode(body, &r) == nil && r.Batch != nil && r.Batch.At == at+int64(i) {
			return true
		}
	}
	return false
}
