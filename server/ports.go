package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"redress/server/admin"
)

// ports are where the server listens.
type ports struct {
	desks   net.Listener
	office  net.Listener // for the command line
	metrics net.Listener // nil where nobody may ask
}

// listen takes all ports, or none.
func listen(ctx context.Context, at addresses) (p ports, err error) {
	var config net.ListenConfig
	if p.desks, err = config.Listen(ctx, "tcp", at.desks); err != nil {
		return p, fmt.Errorf("listening: %w", err)
	}
	if p.office, err = listenForAdmin(ctx, at.data); err != nil {
		return p, errors.Join(err, p.desks.Close())
	}
	if at.metrics == "" {
		return p, nil
	}
	if p.metrics, err = config.Listen(ctx, "tcp", at.metrics); err != nil {
		return p, errors.Join(fmt.Errorf("listening for Prometheus: %w", err), p.desks.Close(), p.office.Close())
	}
	return p, nil
}

// loopbackOnly refuses to show the metrics to the network: they ask for no password. Who
// gathers them from elsewhere has an agent or a tunnel on this machine.
func loopbackOnly(f *form, address string) error {
	if address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return f.wrong("metrics", "%q is not an address like 127.0.0.1:7901", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return f.wrong("metrics", "%s is not loopback, and whoever reaches it may read: give 127.0.0.1, and have an agent or a tunnel of your own carry it further", address)
	}
	return nil
}

func listenForAdmin(ctx context.Context, data string) (net.Listener, error) {
	path := admin.SocketPath(data)
	// Between its making and its mode the socket would be open to all who reach it.
	if err := os.Chmod(data, 0o700); err != nil { //nolint:gosec // a directory: its owner has to go in
		return nil, fmt.Errorf("listening for the command line: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listening for the command line: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening for the command line (a shorter path of --data may help): %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listening for the command line: %w", err), listener.Close())
	}
	return listener, nil
}
