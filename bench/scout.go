package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/manifest"
	"headwater/bench/measure"
)

// scout reads manifests before the test. What it fetches counts nowhere.
type scout struct {
	cfg  Config
	pool *fetch.Pool
	ctx  context.Context
	stop func() bool // lets go of ctx
}

func newScout(ctx context.Context, fetching fetch.Config, cfg Config) *scout {
	s := &scout{cfg: cfg, ctx: ctx, pool: fetch.NewPool(fetching, measure.NewRecorder(1), time.Now())}
	s.stop = context.AfterFunc(ctx, s.pool.Close)
	return s
}

func (s *scout) close() {
	s.stop()
	s.pool.Close()
}

// look reads the most popular entry to see whether anything can be played.
func (s *scout) look() error {
	lane := s.pool.Lane(0)
	defer lane.Close()
	address := s.cfg.Entries[0].URLs[0]
	b := browser{lane: lane}
	p, err := b.open(address, s.cfg.Query)
	if err == nil {
		err = b.load(&p.Video[0])
	}
	return s.explain(address, err)
}

// explain says what a user can do about an entry that cannot be read.
func (s *scout) explain(address string, err error) error {
	if err == nil {
		return nil
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	next := ""
	var failure *fetch.Failure
	if errors.As(err, &failure) {
		switch failure.Kind {
		case "status 401", "status 403":
			next = "; give credentials with --token or --header"
		case "status 404", fetch.Connect:
			next = "; check the URL, and that the origin runs"
		}
	}
	return fmt.Errorf("read %s: %w%s", display(address), err, next)
}

// display returns the URL without credentials.
func display(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(a URL that cannot be read)"
	}
	return fetch.Display(u)
}

// catalogue is what can be asked for of each entry.
type catalogue struct {
	targets  [][]*fetch.Target // by entry; never empty
	warnings []string
}

// scouts is how many entries are read at once.
const scouts = 8

// catalogue reads all entries. Those that cannot be read are left out, unless that is all.
func (s *scout) catalogue(progress func(Progress)) (*catalogue, error) {
	found := make([][]*fetch.Target, len(s.cfg.Entries))
	failed := make([]error, len(s.cfg.Entries))
	next := make(chan int)
	var wg sync.WaitGroup
	for n := range min(scouts, len(s.cfg.Entries)) {
		wg.Go(func() {
			lane := s.pool.Lane(n)
			defer lane.Close()
			for i := range next {
				found[i], failed[i] = s.targets(lane, s.cfg.Entries[i])
			}
		})
	}
	told := time.Now()
	for i := range s.cfg.Entries {
		next <- i
		if time.Since(told) > time.Second {
			told = time.Now()
			progress(Progress{Phase: "prepare", Elapsed: time.Duration(i), Total: time.Duration(len(s.cfg.Entries))})
		}
	}
	close(next)
	wg.Wait()
	return s.sum(found, failed)
}

func (s *scout) sum(found [][]*fetch.Target, failed []error) (*catalogue, error) {
	c := &catalogue{}
	var first error
	for i, err := range failed {
		if err != nil && first == nil {
			first = err
		}
		if err == nil {
			c.targets = append(c.targets, found[i])
		}
	}
	if len(c.targets) == 0 {
		return nil, first
	}
	if missing := len(failed) - len(c.targets); missing > 0 {
		c.warnings = append(c.warnings, fmt.Sprintf("%d of %d entries could not be read and were left out; the first: %v",
			missing, len(failed), first))
	}
	return c, nil
}

// targets returns what can be asked for of an entry.
func (s *scout) targets(lane *fetch.Lane, e Entry) ([]*fetch.Target, error) {
	var all []*fetch.Target
	for _, address := range e.URLs {
		collected := collector{browser: browser{lane: lane}, kind: s.cfg.Kind, seen: map[manifest.Resource]bool{}}
		if err := collected.collect(address, s.cfg.Query); err != nil {
			return nil, s.explain(address, err)
		}
		all = append(all, collected.targets...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read %s: there is no %s in it; choose another --kind", display(e.URLs[0]), s.cfg.Kind)
	}
	return all, nil
}

// collector collects the targets of a kind.
type collector struct {
	browser
	kind    Kind
	targets []*fetch.Target
	seen    map[manifest.Resource]bool
}

func (c *collector) collect(address, query string) error {
	if c.kind == Manifests {
		address, err := withQuery(address, query)
		if err != nil {
			return err
		}
		return c.add(manifest.Resource{URL: address}, measure.Manifest)
	}
	p, err := c.open(address, query)
	if err != nil {
		return err
	}
	for _, list := range [][]manifest.Rendition{p.Video, p.Audio} {
		for i := range list {
			if err := c.rendition(&list[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *collector) rendition(r *manifest.Rendition) error {
	if c.kind == Playlists {
		if r.Playlist == "" {
			return nil
		}
		return c.add(manifest.Resource{URL: r.Playlist}, measure.Playlist)
	}
	if err := c.load(r); err != nil {
		return err
	}
	for _, s := range r.Segments {
		var err error
		switch {
		case c.kind == Segments:
			err = c.add(s.Resource, classOf(r.Kind))
		case s.Init != nil:
			err = c.add(*s.Init, measure.Init)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) add(r manifest.Resource, class measure.Class) error {
	if c.seen[r] {
		return nil
	}
	c.seen[r] = true
	t, err := fetch.NewTarget(r, class)
	if err != nil {
		return &fetch.Failure{Kind: fetch.BadURL, Detail: err.Error()}
	}
	c.targets = append(c.targets, t)
	return nil
}
