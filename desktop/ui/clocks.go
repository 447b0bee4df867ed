package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// clockFaces are the clocks: those that want something of somebody, nearest first, each
// with how much of its time is used; below them, on one card, how the others ended.
func clockFaces(clocks []present.ClockLine) []fyne.CanvasObject {
	faces := make([]fyne.CanvasObject, 0, len(clocks))
	ended := stacked(4)
	for _, c := range clocks {
		role := theme.Role(c.Urgency)
		if !c.Running && c.Urgency != present.Disputed {
			ended.Add(say(role.Sign()+" "+join(c.Ladder, c.State, c.Due, c.Who, c.What, c.Note), quiet.in(role)))
			continue
		}
		faces = append(faces, slim(stacked(3,
			container.New(shares{3, 4}, say(role.Sign()+" "+c.State, strong.in(role)), say(join(c.Ladder, c.Due), strong)),
			newBar(c.Progress, role),
			say(join(c.Who, c.What, c.Rule, c.Note), quiet))))
	}
	if len(ended.Objects) > 0 {
		faces = append(faces, slim(ended))
	}
	return faces
}

// accepts is the seat's word on a proposal.
const accepts = present.Action(syncproto.CommandAcceptProposal)

// waitFaces are what waits for somebody's decision, before anything else of the ticket. What
// waits for others is written quietly.
func waitFaces(w present.Words, v present.Panorama) []fyne.CanvasObject {
	var faces []fyne.CanvasObject
	for _, e := range v.Escalations {
		lines := stacked(2, say(theme.Escalated.Sign()+" "+join(w("ticket.yours"), e.Head), strong.in(theme.Escalated)))
		for _, c := range e.Clocks {
			lines.Add(say(c, body))
		}
		faces = append(faces, card(lines))
	}
	seat := v.Offers(accepts)
	for _, p := range v.Proposals {
		head, pen := join(w("ticket.waiting"), p.Head), strong
		if seat {
			head, pen = signed(theme.NeedsYou, head, strong)
		}
		faces = append(faces, card(stacked(2, say(head, pen), say(p.Text, body))))
	}
	for _, d := range v.Disputes {
		faces = append(faces, card(stacked(2, say(theme.Disputed.Sign()+" "+join(w("sign.disputed"), d.Head), strong.in(theme.Disputed)),
			say(join(d.Within, d.Due), body), say(d.Until, quiet))))
	}
	return faces
}
