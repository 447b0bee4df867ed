package simulation

import "redress/syncproto"

// power is what state a machine is in; in all but the first nobody can work on it and its
// line is cut.
type power string

const (
	running  power = ""
	asleep   power = "asleep" // its clocks go on
	off      power = "shut down"
	standing power = "paused" // its clocks stand still
)

// station is a desk with its machine and its line.
type station struct {
	name   string
	person syncproto.ID
	desk   Desk
	clocks Clocks
	power  power
	online bool    // plugged in
	deaf   silence // what the server sends is lost
	mute   silence // what the desk sends is lost
	late   detour  // what the server sends is overtaken

	here, there Line // the two ends while a line is up
	toServer    [][]byte
	toDesk      [][]byte
}

// reading is what the desk's clocks show at the true time.
func (s *station) reading(now syncproto.Instant) syncproto.Reading { return s.clocks.Reading(now) }

// reachable says that a line can be brought up.
func (s *station) reachable() bool { return s.online && s.power == running }

// connect brings a line up.
func (s *station) connect(now syncproto.Instant, stage Stage) error {
	there, err := stage.Answer(now)
	if err != nil {
		return err
	}
	s.there = there
	if s.here, s.toServer = s.desk.Dial(s.reading(now)); s.here == nil {
		there.Drop(syncproto.Reading{})
		s.there, s.online = nil, false
	}
	return nil
}

// cut takes the line away with all that is under way on it.
func (s *station) cut(now syncproto.Instant) {
	if s.here != nil {
		s.here.Drop(s.reading(now))
		s.there.Drop(syncproto.Reading{})
	}
	s.here, s.there, s.toServer, s.toDesk, s.deaf, s.mute, s.late = nil, nil, nil, nil, silence{}, silence{}, detour{}
}

// deliver carries one message, in either direction, or lets both ends pass the time. It
// says whether anything moved.
func (s *station) deliver(now syncproto.Instant) bool {
	if s.here == nil {
		return false
	}
	var send [][]byte
	var closed bool
	switch {
	case len(s.toServer) > 0:
		message := s.toServer[0]
		s.toServer = s.toServer[1:]
		if s.mute.takes(message) {
			return true
		}
		send, closed = s.there.Hear(now, syncproto.Reading{}, message)
		s.toDesk = append(s.toDesk, send...)
	case len(s.toDesk) > 0:
		message := s.toDesk[0]
		s.toDesk = s.toDesk[1:]
		if s.deaf.takes(message) {
			return true
		}
		arrive := s.late.order(message)
		if len(arrive) == 0 {
			return true
		}
		s.toDesk = append(arrive[1:], s.toDesk...)
		send, closed = s.here.Hear(now, s.reading(now), message)
		s.toServer = append(s.toServer, send...)
	default:
		return s.pass(now)
	}
	if closed && len(s.toDesk)+len(s.toServer) == 0 {
		s.cut(now)
	}
	return true
}

func (s *station) pass(now syncproto.Instant) bool {
	toServer, closedHere := s.here.Pass(now, s.reading(now))
	toDesk, closedThere := s.there.Pass(now, syncproto.Reading{})
	s.toServer, s.toDesk = append(s.toServer, toServer...), append(s.toDesk, toDesk...)
	moved := len(toServer)+len(toDesk) > 0
	if (closedHere || closedThere) && !moved {
		s.cut(now)
	}
	return moved
}
