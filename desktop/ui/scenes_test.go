package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/policy"
)

// A scene is a page with something on it. Its desk is made once; then show leads a window
// there, in any language and at any scale.
type scene struct {
	name string
	make func(t *testing.T) (desks []*presenttest.Desk, door Door, show func(s *screen))
}

// keys presses keys of the window, one after the other, with Control where they are letters
// and with Alt where they are digits.
func (s *screen) keys(names ...fyne.KeyName) {
	for _, name := range names {
		switch {
		case len(name) == 1 && name >= "0" && name <= "9":
			s.press(name, alt)
		case len(name) == 1:
			s.press(name, control)
		default:
			s.key(name)
		}
	}
}

// scenes are every page and every form, in the states that say most.
func scenes() []scene {
	at := func(p *seatAt, lead func(s *screen, sh *shell)) ([]*presenttest.Desk, Door, func(*screen)) {
		return []*presenttest.Desk{p.Desk}, door{}, func(s *screen) { lead(s, s.at(p)) }
	}
	keys := func(names ...fyne.KeyName) func(*screen, *shell) {
		return func(s *screen, _ *shell) { s.keys(names...) }
	}
	ticket := func(name string, person func(*ladder) *seatAt, before func(*ladder), names ...fyne.KeyName) scene {
		return scene{name, func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			l := climb(t)
			before(l)
			return at(person(l), func(s *screen, sh *shell) {
				sh.openTicket(l.id)
				s.settle()
				s.keys(names...)
			})
		}}
	}
	seat, head := func(l *ladder) *seatAt { return l.seat }, func(l *ladder) *seatAt { return l.head }
	liaison, hq := func(l *ladder) *seatAt { return l.liaison }, func(l *ladder) *seatAt { return l.hq }
	nothing, proposed := func(*ladder) {}, func(l *ladder) { l.proposed() }
	late := func(l *ladder) { l.proposed(); l.pass(57, 1) }
	months := func(name string, names ...fyne.KeyName) scene {
		return scene{name, func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			o, _ := twoDevices(t)
			person := syncproto.Derive("headquarters person")
			o.Employ(person, "hq", "周敏", policy.Administration, centraltest.HQ)
			return at(&seatAt{Desk: o.Desk("hq", person, "A1AA")}, keys(append([]fyne.KeyName{"5", fyne.KeyDown}, names...)...))
		}}
	}
	return []scene{
		{"login", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, door{logins: []string{"li", "wang"}}, func(s *screen) { s.app.Greet(); s.press(fyne.KeyReturn, control) }
		}},
		{"enrolment", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, door{err: &syncproto.Problem{Code: syncproto.CodeWrongCode}}, func(s *screen) { s.app.Greet(); s.press(fyne.KeyReturn, control) }
		}},
		{"login refused", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, door{logins: []string{"li", "wang"}, err: &syncproto.Problem{Code: syncproto.CodeWrongLogin}}, func(s *screen) { s.app.Greet(); s.refuse("falsch") }
		}},
		{"enrolment again", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, &mended{door: door{logins: []string{"li", "wang"}}, again: &syncproto.Problem{Code: syncproto.CodeWrongCode}}, func(s *screen) { s.app.Greet(); s.refuse("falsch"); s.comeBack("K7MQ-2X4P", "richtig") }
		}},
		{"settings", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, door{}, func(s *screen) { s.app.Greet(); s.app.openSettings() }
		}},
		{"complaint", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, door{}, func(s *screen) {
				Complain(s.Window, s.app.words, present.Problem(s.app.words, &syncproto.Problem{Code: "in-use"}))
			}
		}},
		{"no work", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(&seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}, keys())
		}},
		{"new ticket", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(&seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}, func(s *screen, _ *shell) {
				s.keys("N")
				s.press(fyne.KeyReturn, control)
			})
		}},
		{"search", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, _ := busy(t)
			return at(seat, func(s *screen, _ *shell) {
				s.press(fyne.KeyF, control)
				s.write("张")
			})
		}},
		{"nothing found", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, _ := busy(t)
			return at(seat, func(s *screen, _ *shell) {
				s.press(fyne.KeyF, control)
				s.write("龙")
			})
		}},
		{"palette", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, ids := busy(t)
			return at(seat, func(s *screen, sh *shell) {
				sh.openTicket(ids[1])
				s.keys("K")
			})
		}},
		{"palette of claims", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(claims(t), keys("3", fyne.KeyDown, "K"))
		}},
		{"palette finds", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, _ := busy(t)
			return at(seat, func(s *screen, _ *shell) {
				s.keys("K")
				s.write("张")
			})
		}},
		{"palette finds nothing", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, _ := busy(t)
			return at(seat, func(s *screen, _ *shell) {
				s.keys("K")
				s.write("龙")
			})
		}},
		{"palette before the log-in", func(*testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return nil, door{logins: []string{"li", "wang"}}, func(s *screen) { s.app.Greet(); s.keys("K") }
		}},
		{"shortcuts", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, ids := busy(t)
			return at(seat, func(s *screen, sh *shell) {
				sh.openTicket(ids[1])
				s.settle()
				s.press(fyne.KeyF1, 0)
			})
		}},
		{"shortcuts of a new ticket", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, _ := busy(t)
			return at(seat, func(s *screen, sh *shell) {
				s.keys("N")
				fresh, _ := sh.pages[placeNew].(*freshPage)
				fresh.phone.SetText("1380013")
				s.press(fyne.KeyF1, 0)
			})
		}},
		{"who calls", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat, _ := busy(t)
			return at(seat, func(s *screen, sh *shell) {
				s.keys("N")
				fresh, _ := sh.pages[placeNew].(*freshPage)
				fresh.phone.SetText("1380013") // of two callers
				s.settle()
			})
		}},
		{"offline", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			_, p, id := offline(t)
			return at(p, func(_ *screen, sh *shell) { sh.openTicket(id) })
		}},
		{"sent", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			_, p, id := offline(t)
			p.Received(3)
			return at(p, func(_ *screen, sh *shell) { sh.openTicket(id) })
		}},
		{"handed in again", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			p, id := forgotten(t)
			return at(p, func(_ *screen, sh *shell) { sh.openTicket(id) })
		}},
		{"sync offline", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			_, p, _ := offline(t)
			return at(p, keys("4"))
		}},
		{"needs you", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			_, p, _ := refused(t)
			return at(p, keys("4"))
		}},
		{"claims", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(claims(t), keys("3", fyne.KeyDown))
		}},
		{"a claim amended", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(claims(t), keys("3", fyne.KeyDown, "E"))
		}},
		{"a claim over", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(claims(t), func(s *screen, _ *shell) {
				s.keys("3", fyne.KeyDown, fyne.KeyDown)
				s.press(fyne.KeyReturn, control)
			})
		}},
		ticket("ticket", seat, nothing), ticket("contact", seat, nothing, "L"), ticket("promise", seat, nothing, "P"),
		ticket("dispatch", seat, nothing, "D"), ticket("note", seat, nothing, "M"), ticket("correct", seat, nothing, "E"),
		ticket("file a claim", seat, nothing, "G"), ticket("respond", liaison, nothing, "R"), ticket("propose", liaison, nothing, "S"),
		ticket("accept", seat, proposed, "U"), ticket("refuse", seat, proposed, "J"), ticket("final response", seat, proposed, "H"),
		ticket("close", seat, proposed, "W"), ticket("escalated", head, late), ticket("take up", head, late, "T"),
		ticket("hand back", head, late, "B"), ticket("dispute", hq, func(l *ladder) { l.disputed() }, "Q"),
		ticket("closed", seat, func(l *ladder) { l.closed() }, "O"),
		months("months"), months("limit", "L"), months("write off", "W", fyne.KeyRight),
		{"a draft restored", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			l := climb(t)
			l.liaison.begin(t, l.id, fyne.KeyR, "已重置后台令牌，请客户重新登录应用后再试一次。")
			return at(l.liaison, func(s *screen, sh *shell) {
				sh.openTicket(l.id)
				s.settle()
				s.keys("R")
			})
		}},
		{"a new ticket restored", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
			s, sh := seat.again(t)
			s.keys("N")
			s.write("张伟")
			freshOf(sh).subject.SetText("远程车控失败")
			s.app.KeepDrafts()
			return at(seat, keys("2"))
		}},
		{"the next caller", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
			return at(seat, func(s *screen, _ *shell) {
				s.keys("N")
				s.write("张伟")
				s.keys("N")
				s.write("李娜")
				s.keys("N")
			})
		}},
		{"drafts", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(threeBegun(t).seat, keys("7", fyne.KeyDown, fyne.KeyDown))
		}},
		{"no draft", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(&seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}, keys("7"))
		}},
		{"drafts about a ticket", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			l := threeBegun(t)
			return at(l.seat, func(_ *screen, sh *shell) { sh.openTicket(l.id) })
		}},
		{"a draft that cannot be sent", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			l := threeBegun(t)
			l.closed()
			return at(l.seat, func(s *screen, _ *shell) { s.keys("7", fyne.KeyDown, fyne.KeyReturn) })
		}},
		{"a decision restored", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			manager := claims(t)
			s, sh := manager.again(t)
			s.keys("3", fyne.KeyDown)
			p, _ := sh.pages[placeClaims].(*claimsPage)
			p.pane.comment.SetText("客户已等两周")
			s.keys(fyne.KeyDown)
			return at(manager, keys("3", fyne.KeyDown))
		}},
		{"devices", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(watching(t), keys("6", fyne.KeyDown))
		}},
		{"a device connected", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(watching(t), keys("6", fyne.KeyEnd, fyne.KeyUp))
		}},
		{"a device cut off", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(watching(t), keys("6", fyne.KeyDown, fyne.KeyDown))
		}},
		{"a device of nobody", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			return at(watching(t), keys("6", fyne.KeyEnd))
		}},
		{"devices offline", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			p := watching(t)
			p.Offline()
			p.Office.At(20, 0)
			return at(p, keys("6", fyne.KeyEnd, fyne.KeyUp))
		}},
		{"devices not known", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			p := watching(t)
			p.roll = present.Roll{Asked: p.Office.Now, Trouble: syncproto.CodeTooOften}
			return at(p, keys("6", fyne.KeyDown))
		}},
		{"devices with long names", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			p := longNames(t)
			return at(p, keys("6", fyne.KeyDown))
		}},
		{"my month", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			_, manager := twoDevices(t)
			return at(&seatAt{Desk: manager}, keys("3", fyne.KeyDown))
		}},
		{"my month is coming", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			manager := presenttest.New(t).Enrolled(t.TempDir(), "manager", centraltest.Manager, "P2XA")
			manager.Offered()
			return at(&seatAt{Desk: manager}, keys("3"))
		}},
		{"more of my month is coming", func(t *testing.T) ([]*presenttest.Desk, Door, func(*screen)) {
			o, manager := twoDevices(t)
			o.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: syncproto.MonthOf(o.Now), Limit: 8000 * syncproto.Yuan, Reason: "旺季"})
			manager.Offered()
			return at(&seatAt{Desk: manager}, keys("3"))
		}},
	}
}

// variant is how a scene is looked at.
type variant struct {
	words  present.Words
	look   fyne.Theme
	scales []float32 // percent
}

// play makes the scene once and shows it in each variant, in a window of its own that is
// looked at in each scale.
func (c scene) play(t *testing.T, variants []variant, look func(s *screen, v variant, scale float32)) {
	t.Helper()
	desks, d, show := c.make(t)
	for _, v := range variants {
		for _, desk := range desks {
			desk.Words = v.words
		}
		s := newScreenOf(t, d, v.words, v.look, v.scales[0])
		show(s)
		for _, scale := range v.scales {
			s.size = fyne.NewSize(1280*100/scale, 800*100/scale)
			s.settle()
			look(s, v, scale)
		}
	}
}

// named is the scene with the name.
func named(t *testing.T, name string) scene {
	t.Helper()
	all := scenes()
	at := slices.IndexFunc(all, func(c scene) bool { return c.name == name })
	if at < 0 {
		t.Fatalf("there is no scene %q", name)
	}
	return all[at]
}

// wordsOf are the words of a language.
func wordsOf(t *testing.T, language string) present.Words {
	t.Helper()
	w, err := present.LoadWords(language)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
