package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"headwater/bench/client"
	"headwater/cmd/internal/content"
)

// bench holds what all measurements share.
type bench struct {
	place
	library *content.Library
	driver  *driver
	nginx   *server
	sets    map[kind][]object
	rounds  int
	// roundTime is how long one side is loaded in a round.
	roundTime time.Duration
	profile   bool
	module    string                           // nginx-vod-module; empty for none
	tell      func(format string, args ...any) // progress
	random    *rand.Rand

	// headwater runs in one variant at a time.
	running *server
	variant variant
	// overCache is the most that any headwater held beyond its cache, in bytes.
	overCache int64
	cipher    string // that TLS came to
}

// use returns a headwater that runs as v.
func (b *bench) use(ctx context.Context, v variant) (*server, error) {
	if b.running != nil && b.variant == v {
		return b.running, nil
	}
	return b.restart(ctx, v)
}

// restart returns a new headwater.
func (b *bench) restart(ctx context.Context, v variant) (s *server, err error) {
	if err := b.stopHeadwater(); err != nil {
		return nil, err
	}
	b.running, err = b.startHeadwater(ctx, b.library.Data(), v)
	b.variant = v
	return b.running, err
}

// stopHeadwater ends the one that runs, and notes what it held.
func (b *bench) stopHeadwater() error {
	if b.running == nil {
		return nil
	}
	peak, err := b.running.peak()
	b.overCache = max(b.overCache, peak-b.variant.cacheBytes)
	err = errors.Join(err, b.running.stop())
	b.running = nil
	return err
}

// prepare starts nginx and sees to it that it has the same bytes.
func (b *bench) prepare(ctx context.Context) error {
	headwater, err := b.use(ctx, variant{cacheBytes: defaultCacheBytes})
	if err != nil {
		return err
	}
	if err := mirror(ctx, client.Target{Address: headwater.plain}, b.sets, b.library.Root()); err != nil {
		return fmt.Errorf("copy headwater's answers for nginx: %w", err)
	}
	if b.nginx, err = b.startNginx(ctx, nginxSettings{Root: b.library.Root()}); err != nil {
		return err
	}
	// The kernel caches a file in pieces of the size in which it was written or read, and sends large ones for less. So
	// both servers get theirs from the device, as after a start of the machine.
	if err := errors.Join(syncFolder(b.library.Dir()), dropFromMemory(b.library.Data()), dropFromMemory(b.library.Root())); err != nil {
		return err
	}
	for _, server := range []*server{headwater, b.nginx} {
		if err := verify(ctx, client.Target{Address: server.plain}, b.sets); err != nil {
			return fmt.Errorf("%s: %w", server.name, err)
		}
	}
	return nil
}

// close ends everything that runs.
func (b *bench) close() error {
	err := b.stopHeadwater()
	if b.nginx != nil {
		err = errors.Join(err, b.nginx.stop())
	}
	if b.driver != nil {
		err = errors.Join(err, b.driver.stop())
	}
	return err
}

// rootCertificate is what the client side trusts; empty for plain connections.
func (b *bench) rootCertificate(secure bool) string {
	if secure {
		return b.certificate
	}
	return ""
}

// cacheFor returns the size of Headwater's own cache in a state.
func (b *bench) cacheFor(st state) int64 {
	switch st {
	case mixed:
		return totalBytes(b.sets[kindCatalogue]) / 10
	case paged:
		return smallestCacheBytes
	case made, both:
		return madeCacheBytes
	default:
		return defaultCacheBytes
	}
}

// smallestCacheBytes is the least that Headwater accepts: next to nothing of what is measured fits.
const smallestCacheBytes = 1 << 20

// madeCacheBytes has room for what is being made and little more.
const madeCacheBytes = 32 << 20

func totalBytes(objects []object) int64 {
	total := int64(0)
	for i := range objects {
		total += objects[i].SizeBytes
	}
	return total
}
