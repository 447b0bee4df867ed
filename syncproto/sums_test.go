package syncproto

import (
	"encoding/hex"
	"testing"
)

// TestAMarkIsOfAllThatACopyCouldHaveOtherwise, and of its log; its form is released.
func TestAMarkIsOfAllThatACopyCouldHaveOtherwise(t *testing.T) {
	log, id := Derive("log"), Derive("ticket")
	sample := Document{Ref{KindTicket, id}, 1, 3, []byte{0xa0}}
	if got, want := Mark(log, sample), uint64(0x5bf7ea46b30d6411); got != want {
		t.Errorf("the mark is %#x, released as %#x", got, want)
	}
	for what, other := range map[string]Document{
		"kind":    {Ref{KindClaim, id}, 1, 3, []byte{0xa0}},
		"id":      {Ref{KindTicket, log}, 1, 3, []byte{0xa0}},
		"epoch":   {Ref{KindTicket, id}, 2, 3, []byte{0xa0}},
		"version": {Ref{KindTicket, id}, 1, 4, []byte{0xa0}},
		"body":    {Ref{KindTicket, id}, 1, 3, []byte{0xa1, 1, 1}},
	} {
		if Mark(log, other) == Mark(log, sample) {
			t.Errorf("another %s has the same mark", what)
		}
	}
	if Mark(id, sample) == Mark(log, sample) {
		t.Error("another log has the same mark")
	}
}

// TestSumsTellApartWhatAnXORWouldNot: a document counted twice, and back.
func TestSumsTellApartWhatAnXORWouldNot(t *testing.T) {
	one := One(1<<63 + 5)
	twice := one.Add(one)
	if twice != (Sum{2, 10}) {
		t.Errorf("twice is %+v, want 2 documents and 10", twice)
	}
	if back := twice.Less(one); back != one {
		t.Errorf("taken off again it is %+v, want %+v", back, one)
	}
	if gone := (Sum{}).Less(one).Add(twice); gone != one {
		t.Errorf("a change that takes off more than there was yet is %+v, want %+v", gone, one)
	}
}

func TestSumsTravelAsBytes(t *testing.T) {
	var sums Sums
	sums[0], sums[200], sums[255] = One(1), Sum{3, 1 << 63}, Sum{1 << 31, 7}
	back, err := ReadSums(sums.Bytes())
	if err != nil || *back != sums {
		t.Errorf("%v, %v", back, err)
	}
	if total := back.Total(); total != (Sum{1<<31 + 4, 1<<63 + 8}) {
		t.Errorf("the total is %+v", total)
	}
	for _, length := range []int{0, SumsLength - 1, SumsLength + 1} {
		if _, err := ReadSums(make([]byte, length)); err == nil {
			t.Errorf("%d bytes are taken for sums", length)
		}
	}
	other := sums
	other[200].Marks++
	other[1].Count++
	parts := sums.Differing(&other)
	if parts.Count() != 2 || !parts.Has(1) || !parts.Has(200) || parts.Has(201) || AllParts.Count() != PartCount {
		t.Errorf("they differ in %s", hex.EncodeToString(parts[:]))
	}
}
