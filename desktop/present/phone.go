package present

import (
	"strings"
	"unicode"

	"redress/syncproto"
)

// No rule says what a telephone number is (requirements §3 asks for one alone), and the person on
// the phone knows better than a program: a foreign customer, an extension, a number that is new.
// So a number that cannot be one is doubted, and never refused.

// PhoneDoubt says what is doubtful about the telephone numbers of one field, and what is expected;
// "" for nothing.
func (s Scene) PhoneDoubt(text string) string {
	for _, phone := range phones(text) {
		if phone = strings.TrimSpace(phone); phone != "" && !couldBePhone(phone) {
			return s.Words("phone.doubt", "Phone", clip(phone))
		}
	}
	return ""
}

// Lengths in digits. A number abroad has a country's code and at most 15 digits (E.164).
const (
	mobileDigits    = 11
	longestAbroad   = 15
	shortestAbroad  = 8
	longestExtended = 6 // of an extension
)

// couldBePhone says whether it can be a Chinese mobile or landline, a service line, or a number
// with a country's code.
func couldBePhone(phone string) bool {
	phone, extension := cutExtension(plain(phone))
	digits, abroad := dialled(phone)
	switch {
	case digits == "" || len(extension) > longestExtended || strings.Trim(extension, "0123456789") != "":
		return false
	case abroad && !strings.HasPrefix(digits, "86"):
		return len(digits) >= shortestAbroad && len(digits) <= longestAbroad && digits[0] != '0'
	case abroad:
		digits = digits[2:]
		if len(digits) < 2 || digits[0] != '1' || digits[1] < '3' {
			digits = "0" + digits // a landline, as it is dialled within the country
		}
	case len(digits) == mobileDigits+2 && strings.HasPrefix(digits, "861"):
		digits = digits[2:]
	}
	return mainland(digits)
}

// mainland says whether digits are a number of mainland China.
func mainland(digits string) bool {
	n := len(digits)
	switch {
	case strings.HasPrefix(digits, "1"):
		return n == mobileDigits && digits[1] >= '3'
	case strings.HasPrefix(digits, "010"), strings.HasPrefix(digits, "02"):
		return n == 3+8 // the largest cities
	case strings.HasPrefix(digits, "0"):
		return n == 4+7 || n == 4+8
	case strings.HasPrefix(digits, "400"), strings.HasPrefix(digits, "800"):
		return n == 10 || n == 7 || n == 8
	}
	return n == 7 || n == 8 // of the same city
}

// plain is a number in small and narrow letters and signs: an input method writes wide ones.
func plain(phone string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(syncproto.Narrow(r)) }, phone)
}

// cutExtension cuts off what is dialled once somebody answers: 021-55551234转802.
func cutExtension(phone string) (number, extension string) {
	for _, mark := range []string{"转", "分机", "#", "ext", "x"} {
		if at := strings.Index(phone, mark); at > 0 {
			return phone[:at], strings.Trim(phone[at+len(mark):], " .:-")
		}
	}
	return phone, ""
}

// dialled are the digits of a number, and whether they begin with a country's code; "" where
// something else stands in it.
func dialled(phone string) (digits string, abroad bool) {
	var all strings.Builder
	for _, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			all.WriteRune(r)
		case r == '+' && all.Len() == 0:
			abroad = true
		case unicode.IsSpace(r), strings.ContainsRune("-–—.()", r):
		default:
			return "", false
		}
	}
	digits = all.String()
	if rest, is := strings.CutPrefix(digits, "00"); is && !abroad {
		return rest, true
	}
	return digits, abroad
}
