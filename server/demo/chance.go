package demo

import (
	"encoding/binary"

	"redress/syncproto"
)

// chance is made from a seed and gives the same on every machine (SplitMix64): what is
// random comes into the program in main, and here nothing is.
type chance struct{ state uint64 }

func (c *chance) next() uint64 {
	c.state += 0x9e3779b97f4a7c15
	z := c.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 up to n-1.
func (c *chance) below(n int) int { return int(c.next() % uint64(n)) }

// in says yes so many times in a hundred.
func (c *chance) in(percent int) bool { return c.below(100) < percent }

// between is a span from least up to most, in whole seconds: people's clocks show no more.
func (c *chance) between(least, most syncproto.Span) syncproto.Span {
	seconds := int((most - least) / syncproto.Second)
	return least + syncproto.Span(c.below(seconds+1))*syncproto.Second
}

// one picks one of several.
func one[T any](c *chance, of []T) T { return of[c.below(len(of))] }

// id is an id in the order of making, as a UUIDv7 is.
func (c *chance) id(at syncproto.Instant) syncproto.ID {
	var id syncproto.ID
	binary.BigEndian.PutUint64(id[:8], uint64(at/1000)<<16|c.next()&0xfff)
	binary.BigEndian.PutUint64(id[8:], c.next())
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// deck deals kinds of something in fixed proportions: each comes up as often as it should
// in every deal of the deck, so that the rare ones are missing in no log of some size.
type deck[T any] struct {
	cards []T
	dealt int
}

// card is a kind, and how often the deck has it.
type card[T any] struct {
	kind  T
	times int
}

func newDeck[T any](cards ...card[T]) *deck[T] {
	d := &deck[T]{}
	for _, c := range cards {
		for range c.times {
			d.cards = append(d.cards, c.kind)
		}
	}
	d.dealt = len(d.cards)
	return d
}

func (d *deck[T]) deal(c *chance) T {
	if d.dealt == len(d.cards) {
		for i := len(d.cards) - 1; i > 0; i-- {
			j := c.below(i + 1)
			d.cards[i], d.cards[j] = d.cards[j], d.cards[i]
		}
		d.dealt = 0
	}
	d.dealt++
	return d.cards[d.dealt-1]
}
