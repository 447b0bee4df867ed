package replica

import (
	"bytes"
	"context"
	"crypto/ed25519"

	"redress/syncproto"
)

// A server that was restored to an older state may not know this device, which was made known
// since (counterexamples A1, X7). With a new code it is made known again as who it was: folder,
// key, commands and grants stay as they are, and what was done here is handed in by the next
// session like that of every desk of a restored server.

// AskAgain completes the request to be known again: who this device was, signed with its key. Its
// line of commands goes on under the incarnation it has, where all that was ever done here is in
// that. Where some is in a former one, which the server has forgotten too, the request keeps the
// fresh one it came with: the server does not find the desk's, gives it another, and all that it
// lacks is handed in under that.
func (r *Replica) AskAgain(ctx context.Context, request syncproto.EnrolRequest) (syncproto.EnrolRequest, error) {
	if r.Erased() {
		return request, &syncproto.Problem{Code: syncproto.CodeRevoked, Doing: doingAgain}
	}
	s := r.self.Load()
	public, _ := r.key.Public().(ed25519.PublicKey)
	request.Login, request.Key, request.Device, request.DeviceCode = s.login, public, s.device, s.code
	former := false
	if err := r.reads.row(ctx, `SELECT EXISTS (SELECT 1 FROM outbox WHERE incarnation <> ?)`, s.incarnation[:]).Scan(&former); err != nil {
		return request, fault(r.path, doingAgain, err)
	}
	if !former {
		request.Incarnation = s.incarnation
	}
	return request.Sign(r.key), nil
}

const doingAgain = "making this device known again"

// KnownAgain takes in that the server knows this device again. Another log's answer, or one under
// another key, changes nothing and is a Problem with CodeWrongLog: what is here belongs to the
// server it was enrolled with. Numbers of tickets go on under the answer's code.
func (r *Replica) KnownAgain(ctx context.Context, answer syncproto.EnrolAnswer) error {
	return r.commit(ctx, doingAgain, func(c *change) error {
		s := &c.self
		if answer.LogID != s.logID || !bytes.Equal(answer.ServerKey, s.serverKey) {
			return &syncproto.Problem{Code: syncproto.CodeWrongLog, Doing: doingAgain, Detail: answer.LogID.String()}
		}
		if answer.Device != s.device || answer.Person != s.person || answer.DeviceCode == "" {
			return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: doingAgain, Detail: "the answer is another device's"}
		}
		s.code = answer.DeviceCode
		return c.exec("keeping the code of ticket numbers", `UPDATE self SET device_code = ?`, s.code)
	})
}
