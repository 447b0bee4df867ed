package present_test

import (
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
)

// A ticket under a number of somebody else's desk says so to whoever reads it, beside who opened
// it and where; and the person whose program made the number up has a card.
func TestANumberOfAnotherDeskIsSaid(t *testing.T) {
	o := presenttest.New(t)
	seat, reader := o.Desk("seat", centraltest.Seat, "P2XA"), o.Desk("manager", centraltest.Manager, "K7MQ")
	for number, want := range map[string]string{"P2XA-00001": "张敏 · P2XA", "K7MQ-00042": "张敏 · P2XA（工单号不是这台设备的编号）"} {
		f := seat.NewTicket("远程车控失败")
		f.Number = number
		id := seat.Open(f)
		seat.Online()
		reader.Online()
		var opened present.Fact
		for _, fact := range reader.See(id).Facts {
			if fact.Name == "建单" {
				opened = fact
			}
		}
		if opened.Text != want {
			t.Errorf("of %s it says that it was opened by %q; want %q", number, opened.Text, want)
		}
	}
	cards := syncPage(t, seat).Cards
	if len(cards) != 1 || cards[0].Says != "工单已受理，但工单号 K7MQ-00042 不是这台设备的编号，已记录在案。请联系管理员查看这台电脑。" {
		t.Errorf("the desk that did it has the cards %+v", cards)
	}
}
