package authority

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// opened is the account as it stands, and the event that opens it where there is none.
func opened(in decision.Input, ref reference.Reference, manager syncproto.ID, month syncproto.Month) (Body, []decision.Change) {
	doc := Ref(manager, month)
	body, held := decision.Body[Body](in.Docs, doc)
	if held {
		return body, nil
	}
	event := opening(ref, manager, month)
	return Evolve(body, event), []decision.Change{{Doc: doc, Kind: syncproto.EventAccountOpened, Body: event}}
}

// unknownHere says that a desk does not hold the account and cannot tell what is so: it
// keeps the request and shows nothing of it until the server has decided.
func unknownHere(in decision.Input, doc syncproto.Ref) bool {
	return in.AtTap && in.Docs[doc].Presence != decision.Held
}

// changeable finds why an account cannot be changed: the month is over or too far ahead, or
// the person has no authority of their own.
func changeable(in decision.Input, ref reference.Reference, manager syncproto.ID, month syncproto.Month) *syncproto.Finding {
	running := syncproto.MonthOf(today(in))
	switch {
	case month != running && month != running+1:
		return &syncproto.Finding{Code: CodeMonthClosed, Field: "month", Doc: Ref(manager, month)}
	case !ref.May(manager, syncproto.CommandApproveClaim):
		return &syncproto.Finding{Code: CodeNotManager, Person: manager}
	}
	return nil
}

// decideMove notes on which device the manager wants the month's authority. It moves by
// grants and returns as devices are connected.
func decideMove(in decision.Input, ref reference.Reference, c MoveAuthority) decision.Outcome {
	if c.Manager != in.Intent.Person && in.Intent.Operator == "" {
		return decision.Reject(syncproto.Finding{Code: CodeOtherAccount, Doc: c.Subject()})
	}
	if wrong := changeable(in, ref, c.Manager, c.Month); wrong != nil {
		return decision.Reject(*wrong)
	}
	if device, known := ref.Device(c.To); !c.To.IsZero() && (!known || device.Person != c.Manager || device.Revoked != 0) {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownDevice, Field: "device"})
	}
	if unknownHere(in, c.Subject()) {
		return decision.Accept()
	}
	body, changes := opened(in, ref, c.Manager, c.Month)
	if body.To == c.To {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "device", Doc: c.Subject()})
	}
	return decision.Accept(append(changes, decision.Change{Doc: c.Subject(), Kind: syncproto.EventAuthorityMoved,
		Body: Moved{To: c.To, By: in.Intent.Person, At: in.Now}})...)
}

// decideLimit gives a manager's month another limit.
func decideLimit(in decision.Input, ref reference.Reference, c SetLimit) decision.Outcome {
	wrong := decision.First(decision.Require("reason", c.Reason, MaxReason), changeable(in, ref, c.Manager, c.Month))
	switch {
	case wrong != nil:
		return decision.Reject(*wrong)
	case c.Limit < 0 || c.Limit > syncproto.MaxAmount:
		return decision.Reject(syncproto.Finding{Code: CodeBadLimit, Field: "limit", Amount: c.Limit})
	}
	if unknownHere(in, c.Subject()) {
		return decision.Accept()
	}
	body, changes := opened(in, ref, c.Manager, c.Month)
	if c.Saw != 0 && c.Saw != body.Limit && !in.Told {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "limit", Text: body.Limit.String(), Doc: c.Subject()})
	}
	if body.Limit == c.Limit {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "limit", Amount: c.Limit, Doc: c.Subject()})
	}
	return decision.Accept(append(changes, decision.Change{Doc: c.Subject(), Kind: syncproto.EventLimitSet, Body: LimitSet{
		Limit: c.Limit, Reason: c.Reason, By: in.Intent.Person, Operator: in.Intent.Operator, At: in.Now}})...)
}

// decideWriteOff gives up what is left of a grant, of whatever month: what a lost device
// holds is free again, and whoever did it stands in the log.
func decideWriteOff(in decision.Input, c WriteOff) decision.Outcome {
	if wrong := decision.Require("reason", c.Reason, MaxReason); wrong != nil {
		return decision.Reject(*wrong)
	}
	doc := c.Subject()
	body, held := decision.Body[Body](in.Docs, doc)
	grant, found := body.Grant(c.Grant)
	code := syncproto.Code("")
	switch {
	case !held && in.AtTap:
		code = syncproto.CodeUnknownHere
	case !held:
		code = syncproto.CodeNotThere
	case !found:
		code = CodeNoSuchGrant
	case grant.Dead():
		code = CodeGrantDead
	case grant.Left() <= 0:
		code = CodeNothingLeft
	}
	if code != "" {
		return decision.Reject(syncproto.Finding{Code: code, Doc: doc})
	}
	return decision.Accept(decision.Change{Doc: doc, Kind: syncproto.EventWrittenOff, Body: WrittenOff{
		Grant: grant.ID, Amount: grant.Left(), Reason: c.Reason, By: in.Intent.Person, Operator: in.Intent.Operator, At: in.Now}})
}
