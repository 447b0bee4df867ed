package replica

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"redress/syncproto"
)

// How texts are cut into what is searched for. Chinese has no spaces between its words, so
// every character is a term, and what stands together is a phrase: one character and any part
// of a text are found. Latin words and numbers are terms as they stand, and are found from
// their beginning on.

// term is one term of a text.
type term struct {
	text     string // folded
	from, to int    // bytes of the text it was cut from
	alone    bool   // a character that stands for itself
}

// runeOf is a rune of a text, and where it belongs.
type runeOf struct {
	folded   rune
	from, to int  // bytes of the text
	begins   bool // a term
	alone    bool // and is all of it
}

// cut goes through the runes of a text that are in terms. Capital letters and the wide forms of
// letters and digits are as the small and narrow ones; whatever is neither letter nor digit
// separates.
func cut(text string, take func(runeOf)) {
	open := false // the last term goes on
	for at, r := range text {
		if r == unicode.ReplacementChar { // also one broken byte, which is shorter
			open = false
			continue
		}
		one := runeOf{folded: fold1(r), from: at, to: at + utf8.RuneLen(r)}
		switch {
		case standsAlone(one.folded):
			one.begins, one.alone, open = true, true, false
		case !unicode.IsLetter(one.folded) && !unicode.IsDigit(one.folded) && !unicode.IsMark(one.folded):
			open = false
			continue
		default:
			one.begins, open = !open, true
		}
		take(one)
	}
}

// termsOf cuts a text.
func termsOf(text string) []term {
	var terms []term
	cut(text, func(r runeOf) {
		if r.begins {
			terms = append(terms, term{string(r.folded), r.from, r.to, r.alone})
			return
		}
		last := &terms[len(terms)-1]
		last.text, last.to = last.text+string(r.folded), r.to
	})
	return terms
}

// fold1 is the rune as it is searched for.
func fold1(r rune) rune { return unicode.ToLower(syncproto.Narrow(r)) }

// standsAlone says that the character is a term of its own.
func standsAlone(r rune) bool {
	return r > unicode.MaxLatin1 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// indexed is a text as it stands in the index.
func indexed(text string) string {
	var b strings.Builder
	index(&b, text)
	return b.String()
}

// index writes a text as it stands in the index: its terms, each with a space behind it.
func index(into *strings.Builder, text string) {
	into.Grow(2 * len(text))
	open := false
	cut(text, func(r runeOf) {
		if r.begins && open {
			into.WriteByte(' ')
		}
		into.WriteRune(r.folded)
		open = true
	})
	if open {
		into.WriteByte(' ')
	}
}

// Telephone numbers and VINs are read out in parts, and by their ends: 尾号, 后六位. Of a telephone
// number four digits are enough, wherever they stand in it.
const (
	phoneTail = 4
	vinTail   = 8
	vinShort  = 6
	vinLast   = 4 // from which a caller's car is known on the form of a new ticket, too
)

// digits is a telephone number as it is searched for: its digits, without the country's code.
func digits(text string) string {
	number := strings.Map(func(r rune) rune {
		if r = fold1(r); unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
	if rest, is := strings.CutPrefix(number, "86"); is && len(rest) == len("13800138000") && rest[0] == '1' {
		return rest
	}
	return number
}

// indexedPhone is a telephone number with its end.
func indexedPhone(text string) string {
	number := digits(text)
	if len(number) <= phoneTail {
		return number
	}
	return number + " " + number[len(number)-phoneTail:]
}

// insideMark begins the terms of what stands inside a telephone number. It is no letter, so
// that nothing that is typed is taken for one of them.
const insideMark = "…"

// insidePhone is what stands inside a telephone number: all that begins behind its first digit,
// and is no mere end of it. What somebody remembers of a number is found by them, and nobody who
// calls is known by them.
func insidePhone(text string) string {
	number := digits(text)
	var b strings.Builder
	for at := 1; isRun(number) && at < len(number)-phoneTail; at++ {
		b.WriteString(insideMark + number[at:] + " ")
	}
	return b.String()
}

// isRun says that a text is digits alone, enough of them to be looked for inside of a telephone
// number.
func isRun(text string) bool {
	return len(text) >= CallerFrom && strings.Trim(text, "0123456789") == ""
}

// indexedVIN is a VIN with its ends.
func indexedVIN(text string) string {
	vin := joined(text)
	whole := vin
	for _, tail := range []int{vinTail, vinShort, vinLast} {
		if len(vin) > tail {
			whole += " " + vin[len(vin)-tail:]
		}
	}
	return whole
}

// joined is a text without what separates: a VIN that was written in groups.
func joined(text string) string {
	var b strings.Builder
	for _, t := range termsOf(text) {
		b.WriteString(t.text)
	}
	return b.String()
}

// indexedNumber is a ticket's number: both halves, the second also as people say it, without
// its zeros, and both without what stands between, with and without the zeros.
func indexedNumber(text string) string {
	whole := indexed(text)
	terms := termsOf(text)
	if len(terms) != 2 {
		return whole
	}
	whole += joined(text)
	if short := strings.TrimLeft(terms[1].text, "0"); short != "" && short != terms[1].text {
		whole += " " + terms[0].text + " " + short + " " + terms[0].text + short
	}
	return whole
}
