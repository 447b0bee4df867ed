package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // its own tables
	"golang.org/x/crypto/bcrypt"
)

// maxBatch is how many records a request of the batch API takes as shipped.
const maxBatch = 50

// base is a PocketBase on a port of this machine.
type base struct {
	app   core.App
	url   string
	ended chan error
}

// serve starts one in an empty folder.
func serve(ctx context.Context, dir string, r row) (*base, error) {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	if err := app.Bootstrap(); err != nil {
		return nil, err
	}
	if err := app.RunAllMigrations(); err != nil {
		return nil, err
	}
	if err := furnish(app, r); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener, e.InstallerFunc = listener, nil // which would open a browser
		return e.Next()
	})
	b := &base{app: app, url: "http://" + listener.Addr().String(), ended: make(chan error, 1)}
	go func() { b.ended <- apis.Serve(app, apis.ServeConfig{HttpAddr: listener.Addr().String()}) }()
	return b, nil // the port takes calls from now on, even before they are answered
}

// furnish makes the collections.
func furnish(app core.App, r row) error {
	known := "@request.auth.id != ''" // whoever has logged in
	mayRead := known
	if r.open {
		mayRead = ""
	}
	for name, fields := range map[string][]string{"tickets": ticketFields, "notes": noteFields} {
		c := core.NewBaseCollection(name)
		c.ListRule, c.ViewRule, c.CreateRule = &mayRead, &mayRead, &known
		for _, f := range fields {
			c.Fields.Add(&core.TextField{Name: f})
		}
		if err := app.Save(c); err != nil {
			return fmt.Errorf("making %s: %w", name, err)
		}
	}
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	// Logging in is not timed; two hundred would take a minute.
	if password, ok := users.Fields.GetByName("password").(*core.PasswordField); ok {
		password.Cost = bcrypt.MinCost
	}
	if err := app.Save(users); err != nil {
		return err
	}
	app.Settings().Batch.Enabled = r.batch > 0
	return app.Save(app.Settings())
}

// people are so many who have logged in.
func (b *base) people(ctx context.Context, count int) ([]*person, error) {
	users, err := b.app.FindCollectionByNameOrId("users")
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: count}}
	var all []*person
	for n := range count {
		email, password := fmt.Sprintf("seat%d@example.com", n), "open-sunroof-2026"
		u := core.NewRecord(users)
		u.SetEmail(email)
		u.SetPassword(password)
		if err := b.app.Save(u); err != nil {
			return nil, fmt.Errorf("making %s: %w", email, err)
		}
		p := &person{url: b.url, client: client}
		if err := p.logIn(ctx, email, password); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// holds says whether all records are there.
func (b *base) holds(all int) error {
	var there int64
	for _, name := range []string{"tickets", "notes"} {
		n, err := b.app.CountRecords(name)
		if err != nil {
			return err
		}
		there += n
	}
	if there != int64(all) {
		return fmt.Errorf("%d records are there, not %d", there, all)
	}
	return nil
}

// end stops the server and closes its files.
func (b *base) end() error {
	event := &core.TerminateEvent{App: b.app}
	err := b.app.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error { return e.App.ResetBootstrapState() })
	return errors.Join(err, <-b.ended)
}
