package redress_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"redress/server/logcopy"
	"redress/server/operator"
	"redress/server/restore"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/simulation"
)

// commandLine is the command line's outbox of a scenario.
type commandLine struct {
	all   []operator.Given
	epoch uint32
	codes []operator.Code
}

func (c *commandLine) learn(e syncproto.Envelope, v syncproto.Verdict) {
	c.all = append(c.all, operator.Given{Command: e, First: v})
}

func (c *commandLine) Given() []operator.Given { return c.all }

func (c *commandLine) Codes() []operator.Code { return c.codes }

func (c *commandLine) Passwords() []operator.Password { return nil }

func (c *commandLine) Epoch() uint32 { return c.epoch }

func (c *commandLine) NoteEpoch(number uint32) error {
	c.epoch = number
	return nil
}

// copying is the copy of the log of a scenario's server, on a disk that is there or not.
type copying struct {
	on       bool
	away     bool
	follower *logcopy.Follower
	restored int // how often the server was
}

// path is where the server's database is: a restored one is another file.
func (s *stage) path() string {
	return filepath.Join(s.dir, fmt.Sprintf("central%s.db", []string{"", "-2", "-3", "-4", "-5", "-6", "-7", "-8"}[s.copying.restored]))
}

func (s *stage) copyPath() string { return filepath.Join(s.dir, "copy") }

func (s *stage) backupPath() string { return filepath.Join(s.dir, "backup.db") }

// startCopying goes on copying where a copy is kept, and waits for what a restored log lacks.
func (s *stage) startCopying(now syncproto.Instant) error {
	if s.copying.on {
		s.copying.follower = logcopy.Follow(s.copyPath(), s.store, zerolog.Nop())
		s.copying.follower.OnMark(s.hub.Marked)
		s.hub.Copy = s.copying.follower
		if err := s.copyOn(); err != nil {
			return err
		}
	}
	if !s.ledger.Restoring() {
		return nil
	}
	again, err := s.store.Reoffered(s.ctx)
	if err != nil {
		return err
	}
	return s.hub.Collect(s.ctx, s.wall(now), again)
}

func (s *stage) copyOn() error {
	if !s.copying.on || s.copying.away {
		return nil
	}
	return s.copying.follower.Step(s.ctx)
}

func (s *stage) copyAndCollect(now syncproto.Instant) error {
	if _, err := s.hub.Collected(s.ctx, s.wall(now)); err != nil {
		return err
	}
	return s.copyOn()
}

// Copies begins a copy of the log, has its disk go away, or be back.
func (s *stage) Copies(there bool) error {
	s.copying.away = !there
	if s.copying.on || !there {
		return s.copyOn()
	}
	s.copying.on = true
	if err := os.Mkdir(s.copyPath(), 0o700); err != nil {
		return err
	}
	return s.startCopying(s.now)
}

func (s *stage) BackUp() error {
	if err := os.Remove(s.backupPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return store.Backup(s.ctx, s.path(), s.backupPath())
}

// Restore loses the server's disk and makes its data anew. A copy is begun anew after an
// older state.
func (s *stage) Restore(now syncproto.Instant, older bool) error {
	s.copying.restored++
	wish := restore.Wish{Path: s.path(), Copy: s.copyPath(), From: "scenario", Older: older, By: "scenario", Outbox: &s.given,
		NewID: s.chance.id, Now: s.wall(now), Log: zerolog.Nop()}
	if older {
		wish.Copy = ""
		if err := store.Backup(s.ctx, s.backupPath(), s.path()); err != nil {
			return err
		}
		if err := os.RemoveAll(s.copyPath()); err != nil {
			return err
		}
		if s.copying.on {
			if err := os.Mkdir(s.copyPath(), 0o700); err != nil {
				return err
			}
		}
	}
	s.copying.away = false
	_, err := restore.Run(s.ctx, wish)
	return err
}

func (s *stage) Parked() (all []simulation.Waiting) {
	err := s.store.View(s.ctx, func(v *store.View) error {
		parked, err := v.Parked()
		if err != nil {
			return err
		}
		for _, p := range parked {
			e, _, err := v.Entry(p.Seq)
			var payload syncproto.Payload
			var intent syncproto.Intent
			if err == nil {
				err = syncproto.Decode(e.Payload, &payload)
			}
			if err == nil {
				err = syncproto.Decode(payload.Command.Intent, &intent)
			}
			if err != nil {
				return err
			}
			all = append(all, simulation.Waiting{Command: p.Command, Subject: p.Subject, Kind: intent.Kind, Code: p.Code})
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// intentOf is a command of the command line; of those that no rule decides the ledger reads
// the body itself.
func intentOf(kind syncproto.CommandKind, command any) (syncproto.Intent, error) {
	if !rules.Known(kind) {
		return syncproto.Intent{Kind: kind, Body: syncproto.MustEncode(command)}, nil
	}
	return rules.Write(kind, command)
}
