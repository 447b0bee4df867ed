package ticket

import "redress/syncproto"

// ClaimMove is what was done to a claim other than to decide it. Numbers are for ever.
type ClaimMove uint8

// Moves.
const (
	ClaimAmended  ClaimMove = 1 // what it says was changed
	ClaimSentBack ClaimMove = 2 // to whoever filed it
	ClaimRoutedUp ClaimMove = 3 // to the service department
	ClaimReversed ClaimMove = 4 // its approval stands no longer
)

var claimMoveNames = map[ClaimMove]string{ClaimAmended: "amended", ClaimSentBack: "sent-back",
	ClaimRoutedUp: "routed-up", ClaimReversed: "reversed"}

// String is the move's name in scenarios, and in assets/words under "claim.moved.<name>".
func (m ClaimMove) String() string { return claimMoveNames[m] }

// ClaimMoved is the event of one of the ticket's claims amended, sent back, routed up or
// reversed: a line in the trail, without texts and amounts, which not all who read tickets
// may see.
type ClaimMoved struct {
	Claim syncproto.ID `cbor:"1,keyasint,omitzero"`
	Kind  uint8        `cbor:"2,keyasint,omitempty"` // claim.Kind
	What  ClaimMove    `cbor:"3,keyasint,omitempty"`
	// To is the unit that decides on the claim from now on, and reads the ticket for it;
	// none if zero.
	To syncproto.ID `cbor:"4,keyasint,omitzero"`
}
