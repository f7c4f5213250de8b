package main

import (
	"context"
	"fmt"
	"time"

	"headwater/cmd/internal/stat"
)

// side is one server under load.
type side struct {
	Requests int           `json:"requests"`
	CPU      time.Duration `json:"cpu_ns"` // of the server
	Wall     time.Duration `json:"wall_ns"`
	Bytes    int64         `json:"bytes"`
	Read     int64         `json:"read,omitempty"` // bytes from the storage device, where it is measured
}

func (s *side) add(slice side) {
	s.Requests += slice.Requests
	s.CPU += slice.CPU
	s.Wall += slice.Wall
	s.Bytes += slice.Bytes
}

// perRequest returns the server's CPU time for one request.
func (s side) perRequest() time.Duration { return s.CPU / time.Duration(max(s.Requests, 1)) }

// round is both servers under the same load, one after the other. In the state ruled the place of nginx is taken by a
// Headwater without rules.
type round struct {
	Nginx     side `json:"nginx"`
	Headwater side `json:"headwater"`
}

// comparison is what came of a scenario.
type comparison struct {
	scenario
	Name string `json:"name"`
	// Ratio is nginx's CPU time for a request over Headwater's: requests per CPU second relative to nginx.
	Ratio   stat.Estimate `json:"ratio"`
	Verdict stat.Verdict  `json:"verdict,omitempty"`
	Rounds  []round       `json:"rounds"`
	// Failures are answers that were not as they must be, by side and by what was wrong. With any of them the figures
	// mean nothing.
	Failures map[string]int `json:"failures,omitempty"`
	// Skipped says why nothing was measured.
	Skipped string `json:"skipped,omitempty"`
	// Added is what Headwater's answers cost more when cold than when hot, beyond the reading of the bytes, in ms each.
	Added *stat.Estimate `json:"added_ms,omitempty"`
	// Profile are the functions that cost Headwater most, when the budget is missed.
	Profile []string `json:"profile,omitempty"`
}

func newComparison(s scenario) *comparison {
	return &comparison{scenario: s, Name: s.name(), Failures: map[string]int{}}
}

func (c *comparison) valid() bool { return c.Skipped == "" && len(c.Failures) == 0 }

// judge computes the figures from the rounds.
func (c *comparison) judge() {
	var ratios []float64
	for _, r := range c.Rounds {
		ratios = append(ratios, float64(r.Nginx.perRequest())/float64(r.Headwater.perRequest()))
	}
	c.Ratio = stat.Of(ratios)
	if c.Budget != nil && c.valid() {
		c.Verdict = c.Budget.Judge(c.Ratio)
	}
}

// count notes the failures of a load.
func (c *comparison) count(name string, result outcome) {
	for what, times := range result.Failures {
		c.Failures[name+": "+what] += times
	}
}

// compare measures a scenario whose bytes are in memory.
func (b *bench) compare(ctx context.Context, s scenario) (c *comparison, err error) {
	c = newComparison(s)
	headwater, err := b.use(ctx, variant{s.Secure, b.cacheFor(s.State)})
	if err != nil {
		return nil, err
	}
	objects := b.sets[s.Kind]
	if s.State == hot {
		objects = fitting(objects, b.cacheFor(s.State)/2)
	}
	sides := []*server{b.nginx, headwater}
	for _, server := range sides {
		if b.cipher, err = b.driver.open(server, server.name, b.rootCertificate(s.Secure), s.Connections, objects); err != nil {
			return nil, err
		}
	}
	return c, b.contest(ctx, c, sides)
}

// fitting returns as many of objects as have at most so many bytes.
func fitting(objects []object, totalBytes int64) []object {
	for i := range objects {
		if totalBytes -= objects[i].SizeBytes; totalBytes < 0 {
			return objects[:i]
		}
	}
	return objects
}

// contest measures two servers with open sessions, and closes these.
func (b *bench) contest(ctx context.Context, c *comparison, sides []*server) error {
	requests, err := b.calibrate(c, sides)
	if err != nil {
		return err
	}
	for range b.rounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.round(c, sides, requests); err != nil {
			return err
		}
	}
	c.judge()
	if c.Verdict == stat.Missed && b.profile {
		c.Profile, err = b.profileLoad(ctx, sides[1], b.load(c, requests))
	}
	for _, server := range sides {
		if err == nil {
			err = b.driver.close(server.name)
		}
	}
	return err
}

// hashEvery is how often a body is compared whole while it is measured.
const hashEvery = 64

func (b *bench) load(c *comparison, requests int) load {
	l := load{Requests: requests, Seed: b.random.Uint64(), HashEvery: hashEvery}
	if c.State == mixed {
		l.Zipf = zipfExponent
	}
	return l
}

// Limits of the requests of one slice.
const (
	minRequests = 32
	maxRequests = 200_000
)

// sliceTime is how long one side is loaded before it is the other's turn: what else happens on the machine, and changes
// from second to second, shall meet both alike.
const sliceTime = 100 * time.Millisecond

// calibrate has both servers answer for everything once, so that it is in their memory, and returns how many requests
// take the slower one about a slice.
func (b *bench) calibrate(c *comparison, sides []*server) (requests int, err error) {
	objects := b.sets[c.Kind]
	requests = maxRequests
	for _, server := range sides {
		if _, err := b.measure(c, server, load{Requests: max(len(objects), c.Connections), HashEvery: hashEvery}); err != nil {
			return 0, err
		}
		s, err := b.measure(c, server, b.load(c, max(len(objects), 2*c.Connections, 100)))
		if err != nil {
			return 0, err
		}
		requests = min(requests, int(float64(s.Requests)*sliceTime.Seconds()/s.Wall.Seconds()))
	}
	return max(requests, minRequests, c.Connections), nil
}

// round loads both sides by turns, each time in random order, until that has taken the time of a round.
func (b *bench) round(c *comparison, sides []*server, requests int) error {
	var r round
	for r.Nginx.Wall+r.Headwater.Wall < 2*b.roundTime {
		for _, i := range b.random.Perm(len(sides)) {
			s, err := b.slice(c, sides[i], requests)
			if err != nil {
				return err
			}
			if i == 0 {
				r.Nginx.add(s)
			} else {
				r.Headwater.add(s)
			}
		}
	}
	c.Rounds = append(c.Rounds, r)
	return nil
}

// slice loads one side after a warm-up that is not counted.
func (b *bench) slice(c *comparison, server *server, requests int) (side, error) {
	if _, err := b.measure(c, server, b.load(c, max(requests/10, 1))); err != nil {
		return side{}, err
	}
	return b.measure(c, server, b.load(c, requests))
}

// measure loads one server, from rest to rest, and returns what that took.
func (b *bench) measure(c *comparison, server *server, l load) (side, error) {
	before, err := server.cpu()
	if err != nil {
		return side{}, err
	}
	result, err := b.driver.do(command{Session: server.name, Load: &l})
	if err != nil {
		return side{}, fmt.Errorf("load %s: %w", server.name, err)
	}
	after, err := server.cpu()
	if err != nil {
		return side{}, err
	}
	c.count(server.name, result)
	return side{Requests: l.Requests, CPU: after - before, Wall: result.Wall, Bytes: result.Bytes}, nil
}
