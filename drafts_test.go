//go:build realwindow

package redress_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redress/desktop/replica"
	"redress/syncproto"
)

// TestADraftOutlivesAKillInRealWindows: a seat types a new ticket through the input method, and
// the desktop is killed as pulling the plug does. Whatever was typed a second before is there
// when it is started again, at the form that says so, with the number that was read out; sent,
// it is a ticket and no draft.
func TestADraftOutlivesAKillInRealWindows(t *testing.T) {
	o := openOffice(t, "draft-", practice)
	var c *colleague
	o.play(
		scene{"the seat's first log-in", func() { c = o.arrive("seat") }},
		scene{"a customer calls; the seat types", func() {
			c.Front()
			c.open("ctrl+n")
			c.caller("zhangwei", "13800138000", "LFV3A23C8K3012345")
			c.chinese("yuancheng", "kongzhi", "shibai")
			c.tab(1)
			c.chinese("shoujiyingyong", "wufa")
		}},
		scene{"a second after the last key it is on the disk; the program is killed in the middle of the next word", func() {
			last := time.Now()
			o.wait(patience, "what was typed to be kept", func() (string, bool) {
				typed := c.draftOf(syncproto.CommandOpen)
				return fmt.Sprint(typed), slices.Contains(typed, "手机应用无法")
			})
			if after := time.Since(last); after > time.Second+slack {
				t.Errorf("it was kept %v after the last key", after)
			} else {
				t.Logf("kept %v after the last key, as far as it can be seen from outside", after.Round(10*time.Millisecond))
			}
			c.Chinese(true)
			c.Compose("yuan")
			c.program.Stop()
			typed := c.draftOf(syncproto.CommandOpen)
			for _, text := range []string{"张伟", "13800138000", "LFV3A23C8K3012345", "远程控制失败", "手机应用无法"} {
				if !slices.Contains(typed, text) {
					t.Errorf("in the file stands %q, not %q", typed, text)
				}
			}
		}},
		scene{"it is started again, and all of it stands there", func() {
			c.start()
			c.settle()
			c.types(c.who.password)
			c.send()
			c.atWork()
			c.open("alt+2") // the form as it stands
			c.picture("stands-there-again")
			c.tab(5) // to the description
			c.chinese("yuancheng", "kaikongtiao")
			c.tab(1)
			o.wait(patience, "what was typed last to be kept", func() (string, bool) {
				typed := c.draftOf(syncproto.CommandOpen)
				return fmt.Sprint(typed), slices.Contains(typed, "手机应用无法远程开空调")
			})
		}},
		scene{"the window is closed at once after a word, and nothing is lost", func() {
			c.chinese("jinkuai", "chuli")
			c.Press("alt+F4")
			c.program.Ended()
			if typed := c.draftOf(syncproto.CommandOpen); !slices.Contains(typed, "尽快处理") {
				t.Errorf("after it was closed there stands %q", typed)
			}
			c.start()
			c.settle()
			c.types(c.who.password)
			c.send()
			c.atWork()
		}},
		scene{"sent, it is a ticket and no draft", func() {
			c.open("alt+2")
			if !strings.HasSuffix(strings.Join(c.draftOf(syncproto.CommandOpen), " "), "00001") {
				t.Errorf("the number is not kept: %q", c.draftOf(syncproto.CommandOpen))
			}
			c.tab(11)        // to the region
			c.Press("Right") // which a seat picks
			c.send()
			var number string
			o.wait(patience, "the ticket", func() (string, bool) {
				number = c.numberOf("远程控制失败")
				return strings.Join(c.page("work", ""), "\n"), number != ""
			})
			if left := c.draftOf(syncproto.CommandOpen); len(left) > 0 || !strings.HasSuffix(number, "-00001") {
				t.Errorf("the ticket is %s, and of the draft is left %q", number, left)
			}
			if body, _, _ := c.ticket(number); body.Description != "手机应用无法远程开空调" || body.Demand != "尽快处理" {
				t.Errorf("the ticket says %q and %q", body.Description, body.Demand)
			}
			c.noise = ticking // the deadlines of the ticket run
			c.picture("sent")
		}},
	)
}

// draftOf is all that the colleague's disk has of a draft, beside the running window or after it
// died.
func (c *colleague) draftOf(form syncproto.CommandKind) (texts []string) {
	c.office.t.Helper()
	err := c.query(func(db *sql.DB) error {
		ctx, cancel := context.WithTimeout(c.office.t.Context(), patience)
		defer cancel()
		var data []byte
		err := db.QueryRowContext(ctx, "SELECT fields FROM draft WHERE form = ?", form).Scan(&data)
		if err == sql.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		var fields struct {
			Fields []replica.DraftField `cbor:"1,keyasint,omitempty"`
		}
		if err := syncproto.Decode(data, &fields); err != nil {
			return err
		}
		for _, f := range fields.Fields {
			texts = append(texts, f.Text)
		}
		return nil
	})
	if err != nil {
		c.office.t.Fatalf("reading the draft of %s: %v", c.desk, err)
	}
	return texts
}
