package syncclient

import (
	"bytes"
	"context"

	"redress/syncproto"
)

// maxDeskAnswers is how many answers about all desks are asked for: more desks than that are
// more than can be connected.
const maxDeskAnswers = 10

// Desks asks the server when it heard each desk last, and puts its answers together; More
// says that there are desks beyond these. Only who watches over the offices is answered.
// Errors are Problems; without a token it asks nothing.
func (c *Client) Desks(ctx context.Context) (syncproto.DesksAnswer, error) {
	const doing = "asking about the desks"
	c.mu.Lock()
	token := c.session.token
	c.mu.Unlock()
	if token == "" {
		return syncproto.DesksAnswer{}, &syncproto.Problem{Code: syncproto.CodeTokenExpired, Doing: doing}
	}
	all := syncproto.DesksAnswer{More: true}
	var after syncproto.ID
	for n := 0; n < maxDeskAnswers && all.More; n++ {
		request := c.replica.SignDesks(syncproto.DesksRequest{Device: c.replica.Owner().Device, Token: token,
			At: c.replica.Estimate(c.world.Read()), After: after})
		var answer syncproto.DesksAnswer
		if err := c.server.askUpTo(ctx, syncproto.MaxDesksAnswer, doing, syncproto.PathDesks, request, &answer); err != nil {
			return syncproto.DesksAnswer{}, err
		}
		if !follows(answer, after) {
			return syncproto.DesksAnswer{}, &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: doing, Detail: "the desks do not come in order"}
		}
		all.Desks = append(all.Desks, answer.Desks...)
		all.More = answer.More
		if all.Time == 0 {
			all.Time = answer.Time // of the oldest part: no desk is shown fresher than it is
		}
		if answer.More {
			after = answer.Desks[len(answer.Desks)-1].Device
		}
	}
	return all, nil
}

// follows says that an answer is one to the question for what comes after a device: its
// desks rise, and where there are more there is one to go on from.
func follows(answer syncproto.DesksAnswer, after syncproto.ID) bool {
	for _, d := range answer.Desks {
		if bytes.Compare(d.Device[:], after[:]) <= 0 {
			return false
		}
		after = d.Device
	}
	return answer.Time > 0 && (len(answer.Desks) > 0 || !answer.More)
}
