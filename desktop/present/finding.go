package present

import (
	"redress/syncproto"
	"redress/syncproto/claim"
)

// Finding is what a rule says, in words. A code that this program has no words for, from
// a newer server, still reads as a sentence.
func (s Scene) Finding(f syncproto.Finding) string {
	if f.Code == claim.CodeDuplicate {
		f.Field = s.duplicateOf(f)
	}
	args := []any{"Field", s.fieldName(f.Field), "Amount", f.Amount, "When", s.when(f.When),
		"Person", s.personName(f.Person), "Text", f.Text}
	// What a code means can depend on the field: already promised is not already taken.
	for _, key := range []string{"code." + string(f.Code) + "." + f.Field, "code." + string(f.Code)} {
		if text := s.Words(key, args...); text != "" {
			return text
		}
	}
	return s.Words("code.other", "Code", f.Code)
}

// duplicateOf is which words an approval that came second has: paid by another person (""),
// by the person's own other device, or of a round that was over; each also of a warranty order,
// of which nothing comes back, and of what was approved beyond what there was.
func (s Scene) duplicateOf(f syncproto.Finding) string {
	right := f.Amount == 0
	switch {
	case f.Field == claim.Overdrawn && f.Person.IsZero():
		return "olderOverdrawn"
	case f.Field == claim.Overdrawn:
		return claim.Overdrawn
	case f.Person.IsZero() && right:
		return "olderRight"
	case f.Person.IsZero():
		return "older"
	case f.Person == s.Person && right:
		return "ownRight"
	case f.Person == s.Person:
		return "own"
	case right:
		return "right"
	}
	return ""
}

// Findings are what several rules say, one after another.
func (s Scene) Findings(all []syncproto.Finding) string {
	texts := make([]string, 0, len(all))
	for _, f := range all {
		texts = append(texts, s.Finding(f))
	}
	return join(texts, "\n")
}

// fieldName is how a field is called on screen.
func (s Scene) fieldName(field string) string {
	if field == "" {
		return ""
	}
	if name := s.Words("name." + field); name != "" {
		return name
	}
	return s.Words("name.other")
}
