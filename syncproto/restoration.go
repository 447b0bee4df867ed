package syncproto

// Restoration is what the first entry of a new epoch says (CommandRestore): from where the
// log was restored, and after which entry it goes on.
type Restoration struct {
	Epoch uint32 `cbor:"1,keyasint,omitempty"`
	After uint64 `cbor:"2,keyasint,omitempty"`
	From  string `cbor:"3,keyasint,omitempty"` // the file or directory
	// Older says that it was no newest copy: grants may be forgotten.
	Older bool `cbor:"4,keyasint,omitempty"`
	// Months is the last month of which authority may have been handed out before: where it is Older
	// its accounts, and those of earlier ones, are frozen.
	Months Month `cbor:"5,keyasint,omitempty"`
	// Coded are, where it is Older, the persons who could make a device known after the entry: the log may not
	// know all their devices, so only a named person releases their accounts (counterexample A1, X7).
	Coded []ID `cbor:"6,keyasint,omitempty"`
}

// ReleaseAccount ends the freezing of a manager's accounts after a restore to an older state
// (CommandRelease): the command line gives it, or the server itself where all devices of the
// manager have reported.
type ReleaseAccount struct {
	Manager ID     `cbor:"1,keyasint,omitzero"`
	Reason  string `cbor:"2,keyasint,omitempty"`
}

// ReleaseParked has a command that waits for a person decided as things are now, or refused
// (CommandReleaseParked). Only the command line gives it.
type ReleaseParked struct {
	Command ID   `cbor:"1,keyasint,omitzero"`
	Reject  bool `cbor:"2,keyasint,omitempty"`
}
