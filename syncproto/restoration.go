package syncproto

// Restoration is what the first entry of a new epoch says (CommandRestore): from where the
// log was restored, and after which entry it goes on.
type Restoration struct {
	Epoch uint32 `cbor:"1,keyasint,omitempty"`
	After uint64 `cbor:"2,keyasint,omitempty"`
	From  string `cbor:"3,keyasint,omitempty"` // the file or directory
	// Older says that it was no newest copy: grants may be forgotten.
	Older bool `cbor:"4,keyasint,omitempty"`
}

// ReleaseParked has a command that waits for a person decided as things are now, or refused
// (CommandReleaseParked). Only the command line gives it.
type ReleaseParked struct {
	Command ID   `cbor:"1,keyasint,omitzero"`
	Reject  bool `cbor:"2,keyasint,omitempty"`
}
