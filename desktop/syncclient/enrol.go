package syncclient

import (
	"context"
	"crypto/ed25519"

	"redress/desktop/replica"
	"redress/syncproto"
)

// Newcomer is what a person types to make this device known, with what only main can
// make: a fresh key and a fresh incarnation.
type Newcomer struct {
	Code        string // the one-time code
	Login       string
	Machine     string // name of the machine, for the operator
	Key         ed25519.PrivateKey
	Incarnation syncproto.ID
}

// Enrol makes the device known to the server and makes its replica. The device's key is
// on the disk before the server hears of it, and asking again with the same code after a
// lost answer goes on where it stopped. Errors are Problems; a code that does not fit is
// syncproto.CodeWrongCode.
func Enrol(ctx context.Context, folder *replica.Folder, server Server, n Newcomer, changed replica.Changed) (*replica.Replica, error) {
	key, err := folder.DeviceKey(n.Login, n.Key)
	if err != nil {
		return nil, err
	}
	public, _ := key.Public().(ed25519.PublicKey)
	request := syncproto.EnrolRequest{Code: n.Code, Login: n.Login, Key: public, Name: n.Machine, Incarnation: n.Incarnation}.Sign(key)
	var answer syncproto.EnrolAnswer
	if err := server.ask(ctx, "enrolling this device", syncproto.PathEnrol, request, &answer); err != nil {
		return nil, err
	}
	if answer.Device.IsZero() || answer.Person.IsZero() || answer.LogID.IsZero() || answer.DeviceCode == "" || len(answer.ServerKey) != ed25519.PublicKeySize {
		return nil, &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "enrolling this device", Detail: "the server's answer lacks something"}
	}
	return folder.Create(ctx, replica.Enrolment{
		Server: server.Address.String(), Login: n.Login, Person: answer.Person, Device: answer.Device, DeviceCode: answer.DeviceCode,
		Incarnation: n.Incarnation, LogID: answer.LogID, Epoch: answer.Epoch, ServerKey: answer.ServerKey, Time: answer.Time,
	}, changed)
}
