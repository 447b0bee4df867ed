package redress_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/simulation"
)

// Copy copies the folder as it lies, as an image of the disk does, and opens the copy.
func (d *desk) Copy(machine string) (simulation.Desk, error) {
	dir := filepath.Join(d.stage.dir, "desk-"+machine)
	if err := copyAll(d.dir, dir); err != nil {
		return nil, err
	}
	folder, err := replica.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	d.t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			d.t.Error(err)
		}
	})
	r, err := folder.Open(d.ctx, d.login, func([]syncproto.Ref) {})
	if err != nil {
		return nil, err
	}
	c, err := d.stage.deskOf(folder, dir, d.login, r)
	if err == nil {
		c.token, c.expires = d.token, d.expires
	}
	return c, err
}

func (d *desk) kept() string { return d.dir + "-kept" }

func (d *desk) BackUp() error { return errors.Join(os.RemoveAll(d.kept()), copyAll(d.dir, d.kept())) }

func (d *desk) SetBack(databaseOnly bool) error {
	if err := d.replica.Close(); err != nil {
		return err
	}
	place := filepath.Join(d.dir, d.login)
	files, err := os.ReadDir(place)
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.Contains(f.Name(), "replica.db") {
			err = errors.Join(err, os.Remove(filepath.Join(place, f.Name())))
		}
	}
	line, reading := os.ReadFile(filepath.Join(place, "line.json"))
	if err = errors.Join(err, reading, copyAll(d.kept(), d.dir)); err != nil {
		return err
	}
	if databaseOnly {
		err = os.WriteFile(filepath.Join(place, "line.json"), line, 0o600)
	}
	again, opening := d.folder.Open(d.ctx, d.login, func([]syncproto.Ref) {})
	d.replica, d.present.Replica = again, again
	return errors.Join(err, opening)
}
