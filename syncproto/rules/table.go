package rules

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

// documents lists every kind of document.
var documents = map[syncproto.DocKind]document{
	syncproto.KindPerson: referenceData(organisation.EvolvePerson),
	syncproto.KindUnit:   referenceData(organisation.EvolveUnit),
	syncproto.KindDevice: referenceData(organisation.EvolveDevice),
	syncproto.KindPolicy: referenceData(policy.Evolve),
}

// commands lists every kind of command.
var commands = map[syncproto.CommandKind]command{
	syncproto.CommandDefineUnit: request(organisationDecide, organisationNeeds, func(c organisation.DefineUnit) syncproto.Ref {
		return organisation.UnitRef(c.ID)
	}),
	syncproto.CommandDefinePerson: request(organisationDecide, organisationNeeds, func(c organisation.DefinePerson) syncproto.Ref {
		return organisation.PersonRef(c.ID)
	}),
	syncproto.CommandEnrolDevice: request(organisationDecide, organisationNeeds, func(c organisation.EnrolDevice) syncproto.Ref {
		return organisation.DeviceRef(c.ID)
	}),
	syncproto.CommandRekeyDevice: request(organisationDecide, organisationNeeds, func(c organisation.RekeyDevice) syncproto.Ref {
		return organisation.DeviceRef(c.ID)
	}),
	syncproto.CommandIssuePolicy: request(policyDecide, nothing, policy.Issue.Subject),
}

// events lists how every kind of event is read.
var events = map[syncproto.EventKind]func([]byte) (any, error){
	syncproto.EventUnitDefined:    read[organisation.UnitDefined],
	syncproto.EventPersonDefined:  read[organisation.PersonDefined],
	syncproto.EventDeviceEnrolled: read[organisation.DeviceEnrolled],
	syncproto.EventDeviceRekeyed:  read[organisation.DeviceRekeyed],
	syncproto.EventPolicyIssued:   read[policy.Issued],
}

func organisationNeeds(in decision.Input, _ reference.Reference) []syncproto.Ref {
	return organisation.Needs(in)
}

func organisationDecide(in decision.Input, ref reference.Reference) decision.Outcome {
	return organisation.Decide(in, mayOperate(in, ref), ref)
}

func policyDecide(in decision.Input, ref reference.Reference) decision.Outcome {
	return policy.Decide(in, ref.Policy.Number, mayOperate(in, ref))
}

// mayOperate: the command line of the server acts with the operator's name; a person
// needs the role.
func mayOperate(in decision.Input, ref reference.Reference) bool {
	return in.Intent.Operator != "" || ref.May(in.Intent.Person, in.Intent.Kind)
}

func nothing(decision.Input, reference.Reference) []syncproto.Ref { return nil }
