package storetest

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// Disk is the disk under one database file, a server's or a desk's, which a test fills:
// SQLite itself says then that there is no room, by its own limit of pages.
type Disk struct {
	name string // as it stands in the name of a connection

	mutex sync.Mutex
	full  bool
	conn  sqlite.ExecQuerierContext // that writes, opened last
}

// disks are the disks of this process. SQLite's driver takes one hook for all connections
// and never gives it back.
var disks struct {
	once  sync.Once
	mutex sync.Mutex
	all   []*Disk
}

// NewDisk puts a database file that is opened from now on on a disk of its own. There is
// room on it.
func NewDisk(path string) *Disk {
	d := &Disk{name: filepath.ToSlash(path) + "?"}
	disks.once.Do(func() { sqlite.RegisterConnectionHook(opened) })
	disks.mutex.Lock()
	disks.all = append(disks.all, d)
	disks.mutex.Unlock()
	return d
}

// Forget lets files that are opened from now on lie where they lie.
func (d *Disk) Forget() {
	disks.mutex.Lock()
	defer disks.mutex.Unlock()
	disks.all = slices.DeleteFunc(disks.all, func(other *Disk) bool { return other == d })
}

// opened is told of every connection. Those that write say so in their name.
func opened(conn sqlite.ExecQuerierContext, name string) error {
	disks.mutex.Lock()
	defer disks.mutex.Unlock()
	for _, d := range disks.all {
		if strings.Contains(name, d.name) && strings.Contains(name, "_txlock=immediate") {
			return d.take(conn)
		}
	}
	return nil
}

func (d *Disk) take(conn sqlite.ExecQuerierContext) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.conn = conn
	return d.limit()
}

// Fill leaves no room, and Room gives it back. Both speak to the connection that writes:
// nothing may be using it meanwhile, and it may not be closed.
func (d *Disk) Fill() error { return d.set(true) }

// Room gives back what Fill took.
func (d *Disk) Room() error { return d.set(false) }

// Next says whether whoever opens the file next finds the disk full.
func (d *Disk) Next(full bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.full, d.conn = full, nil
}

func (d *Disk) set(full bool) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.full = full
	return d.limit()
}

// limit bounds the database to the pages it has, or frees it again.
func (d *Disk) limit() error {
	pages := "1073741823"
	if d.full {
		pages = "1" // SQLite takes the pages there are
	}
	_, err := d.conn.ExecContext(context.Background(), "PRAGMA max_page_count = "+pages, nil)
	return err
}
