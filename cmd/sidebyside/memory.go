package main

import (
	"context"
	"fmt"
)

// footprint is what each of many connections costs a server in memory.
type footprint struct {
	Name        string         `json:"name"`
	Secure      bool           `json:"tls"`
	Stalled     bool           `json:"stalled"` // the client has stopped reading; idle otherwise
	Connections int            `json:"connections"`
	Nginx       int64          `json:"nginx_bytes"`
	Headwater   int64          `json:"headwater_bytes"`
	Failures    map[string]int `json:"failures,omitempty"`
	Skipped     string         `json:"skipped,omitempty"`
}

// footprints returns what is measured.
func footprints() []footprint {
	return []footprint{
		{Name: "memory idle plain", Connections: 5000},
		{Name: "memory idle TLS", Connections: 5000, Secure: true},
		{Name: "memory stalled plain", Connections: 1000, Stalled: true},
	}
}

func (f *footprint) valid() bool { return f.Skipped == "" && len(f.Failures) == 0 }

// weigh measures a footprint on servers that have just started: what a process holds of earlier loads would hide it.
func (b *bench) weigh(ctx context.Context, f footprint) (*footprint, error) {
	f.Failures = map[string]int{}
	fresh, err := b.startNginx(ctx, nginxSettings{Root: b.library.Root()})
	if err != nil {
		return nil, err
	}
	f.Nginx, err = b.weighOne(&f, fresh)
	if stopped := fresh.stop(); err != nil || stopped != nil {
		return nil, fmt.Errorf("%w %w", err, stopped)
	}
	headwater, err := b.restart(ctx, variant{f.Secure, defaultCacheBytes})
	if err != nil {
		return nil, err
	}
	f.Headwater, err = b.weighOne(&f, headwater)
	return &f, err
}

// weighOne returns how much the server grows by each connection, after a few that make it ready.
func (b *bench) weighOne(f *footprint, s *server) (bytes int64, err error) {
	objects := b.sets[kindMultivariant]
	if f.Stalled {
		objects = b.sets[kind1080p][:1]
	}
	const first, second = "first", "second"
	if err := b.hold(f, s, first, 50, objects, false); err != nil {
		return 0, err
	}
	before, err := s.settledResident()
	if err != nil {
		return 0, err
	}
	if err := b.hold(f, s, second, f.Connections, objects, f.Stalled); err != nil {
		return 0, err
	}
	after, err := s.settledResident()
	if err != nil {
		return 0, err
	}
	for _, session := range []string{first, second} {
		if err := b.driver.close(session); err != nil {
			return 0, err
		}
	}
	return (after - before) / int64(f.Connections), nil
}

// hold opens connections that ask once each and then stay, idle or stalled.
func (b *bench) hold(f *footprint, s *server, session string, connections int, objects []object, stalled bool) error {
	open := connections
	if stalled {
		open = 0
	}
	if _, err := b.driver.open(s, session, b.rootCertificate(f.Secure), open, objects); err != nil {
		return err
	}
	c := command{Session: session, Load: &load{Requests: connections, HashEvery: hashEvery, Once: true}}
	if stalled {
		c = command{Session: session, Stall: connections}
	}
	result, err := b.driver.do(c)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	for what, times := range result.Failures {
		f.Failures[s.name+": "+what] += times
	}
	return nil
}

// settledResident returns what the server holds when it has come to rest.
func (s *server) settledResident() (int64, error) {
	if _, err := s.cpu(); err != nil {
		return 0, err
	}
	return s.resident()
}
