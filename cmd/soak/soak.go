package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"headwater/cmd/internal/process"
	"headwater/cmd/internal/selfsigned"
)

// soak is a run.
type soak struct {
	*options
	binary, data, scratch string
	catalogue             *catalogue
	subjects              []*subject
	idlers                *idlers
	began                 time.Time // of the load

	mu    sync.Mutex // of loads
	loads []load
}

// subject is a server with what is seen of it.
type subject struct {
	*server
	idle, viewers int
	crowd         *crowd
	rest          sample   // before the load
	samples       []sample // one a second
	after         sample   // when all clients have gone
	drained       time.Duration
}

// run starts the servers, loads them and judges what came of it.
func (s *soak) run(ctx context.Context) (*report, error) {
	if err := s.start(); err != nil {
		return nil, err
	}
	version, err := process.Output(ctx, s.binary, "version")
	if err != nil {
		return nil, err
	}
	for _, sub := range s.subjects {
		if sub.rest, err = sub.atRest(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	for _, sub := range s.subjects {
		if err := sub.drain(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	return s.newReport(strings.TrimSpace(string(version))), nil
}

// start starts both servers.
func (s *soak) start() error {
	certificate, key, err := selfsigned.Write(s.scratch)
	if err != nil {
		return err
	}
	size := fmt.Sprint(s.catalogue.cacheBytes())
	plain, err := startServer("plain", s.binary, s.data, s.scratch, "--cache-size", size, "--origin-sendfile=false",
		"--disk-cache-folder", filepath.Join(s.scratch, "disk"), "--disk-cache-size", fmt.Sprint(3*s.catalogue.cacheBytes()),
		"--viewer-idle-timeout", (s.time + time.Hour).String())
	if err != nil {
		return err
	}
	s.add(plain, s.idle, s.active*11/20+1) // two connections each, but for the pauses between sessions
	secure, err := startServer("TLS", s.binary, s.data, s.scratch, "--cache-size", size, "--tls-cert", certificate, "--tls-key", key)
	if err != nil {
		return err
	}
	s.add(secure, 0, max(s.active/10, 1))
	return nil
}

func (s *soak) add(srv *server, idle, viewers int) {
	seed := uint64(len(s.subjects))
	s.subjects = append(s.subjects, &subject{server: srv, idle: idle, viewers: viewers, crowd: newCrowd(srv.target(), s.catalogue, seed)})
}

// atRest is what the server holds when it has answered each kind of request once and nobody is there.
func (sub *subject) atRest(ctx context.Context) (sample, error) {
	hls, dash := manifests(sub.crowd.catalogue.assets[0])
	first := openIdlers(ctx, sub.target(), 2, []string{hls, dash})
	first.close()
	if first.failures.total() > 0 {
		return sample{}, fmt.Errorf("server %s does not answer: %v", sub.name, first.failures.counts)
	}
	for {
		now, err := sub.takeSample(ctx)
		if err != nil || now.Connections == 0 {
			return now, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// drainPatience is how long a server may take to forget its clients: those that stalled, too, are gone for good.
const drainPatience = time.Minute

// drain waits until the server is at rest again.
func (sub *subject) drain(ctx context.Context) (err error) {
	for began := time.Now(); ; {
		sub.after, err = sub.takeSample(ctx)
		if sub.drained = time.Since(began); err != nil || sub.forgotten() || sub.drained > drainPatience {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// slack is how many goroutines and descriptors more than at the start are none too many.
const slack = 16

// forgotten reports whether nothing is left of the clients.
func (sub *subject) forgotten() bool {
	a := &sub.after
	return a.Connections == 0 && a.Held == 0 && a.Fills == 0 && a.Streams == 0 && a.Goroutines <= sub.rest.Goroutines+slack &&
		a.otherDescriptors() <= sub.rest.otherDescriptors()+slack
}

// stop ends the servers that run.
func (s *soak) stop() error {
	var failed []error
	for _, sub := range s.subjects {
		if sub.cmd.ProcessState == nil {
			failed = append(failed, sub.server.stop())
		}
	}
	return errors.Join(failed...)
}
