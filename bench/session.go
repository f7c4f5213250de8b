package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/manifest"
	"headwater/bench/measure"
	"headwater/bench/player"
)

// plan is what a viewer has decided before a session.
type plan struct {
	address string
	viewer  player.Viewer
}

// plan draws the next session of a viewer.
func (r *run) plan(random *rand.Rand) plan {
	entry := r.cfg.Entries[r.zipf.Draw(random)]
	address := entry.URLs[random.IntN(len(entry.URLs))]
	return plan{address: address, viewer: r.cfg.Behaviour.Draw(random)}
}

// failed is the ending of a session that could not get its segments.
const failed = "failed"

// session is one session of a viewer. Its lanes fetch beside each other; mu guards what they share.
type session struct {
	run    *run
	plan   plan
	leaves time.Duration // when the viewer goes in any case; 0 for never

	mu           sync.Mutex
	player       *player.Player
	throughput   *player.Throughput
	presentation *manifest.Presentation
	bandwidths   []int64
	chosen       int  // of presentation.Video, for the next segment
	fetched      int  // of presentation.Video, of the last segment; -1 before
	sound        int  // of presentation.Audio
	gone         bool // leaves has passed
	failed       bool
	last         player.Totals // what has been recorded
	stalled      bool          // counted in run.stalled
}

// session plays one session to its end.
func (r *run) session(ctx context.Context, viewer int, plan plan, leaves time.Duration) {
	s := &session{run: r, plan: plan, leaves: leaves, throughput: player.NewThroughput(r.cfg.Player), fetched: -1}
	var lanes []*fetch.Lane
	for range r.cfg.PlayerConnections {
		lane := r.pool.Lane(viewer)
		defer lane.Close()
		lanes = append(lanes, lane)
	}
	r.recorder.Session(func(p *measure.Play) { p.Began++ })
	if err := s.open(ctx, lanes[0]); err != nil {
		s.end(ctx, err)
		return
	}
	s.end(ctx, s.play(ctx, lanes))
}

// open reads the manifests and makes the player.
func (s *session) open(ctx context.Context, lane *fetch.Lane) error {
	opened := s.run.pool.Now()
	b := browser{lane}
	err := s.persist(ctx, func() (err error) {
		s.presentation, err = b.open(s.plan.address, s.run.cfg.Query)
		return err
	})
	if err != nil {
		return err
	}
	for _, v := range s.presentation.Video {
		s.bandwidths = append(s.bandwidths, v.Bandwidth)
	}
	s.chosen = s.throughput.Choose(s.bandwidths)
	video := &s.presentation.Video[s.chosen]
	if err := s.persist(ctx, func() error { return b.load(video) }); err != nil {
		return err
	}
	ends := []time.Duration{video.Duration()}
	if video.Audio >= 0 {
		s.sound = video.Audio
		audio := &s.presentation.Audio[s.sound]
		if err := s.persist(ctx, func() error { return b.load(audio) }); err != nil {
			return err
		}
		ends = append(ends, audio.Duration())
	}
	s.player = player.New(s.run.cfg.Player, s.plan.viewer, opened, ends...)
	return nil
}

// play fetches until the session is over: each lane a track of its own, or one lane all tracks.
func (s *session) play(ctx context.Context, lanes []*fetch.Lane) error {
	tracks := 1
	if s.presentation.Video[s.chosen].Audio >= 0 {
		tracks = 2
	}
	if tracks == 1 || len(lanes) == 1 {
		return (&worker{session: s, lane: lanes[0], tracks: []int{pictures, sound}[:tracks]}).work(ctx)
	}
	var failures [2]error
	var wg sync.WaitGroup
	for n := range 2 {
		wg.Go(func() {
			failures[n] = (&worker{session: s, lane: lanes[n], tracks: []int{n}}).work(ctx)
		})
	}
	wg.Wait()
	return errors.Join(failures[0], failures[1])
}

// How often a player asks for something that fails, and how long it waits before the second time; then twice as long.
const (
	attempts   = 3
	firstRetry = 500 * time.Millisecond
)

// persist tries until something works or all attempts are used up.
func (s *session) persist(ctx context.Context, try func() error) error {
	pause := firstRetry
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || errors.Is(err, fetch.ErrStopped) || attempt == attempts {
			return err
		}
		if !sleep(ctx, pause) {
			return fetch.ErrStopped
		}
		pause *= 2
	}
}

// end records how the session ended, unless the test did.
func (s *session) end(ctx context.Context, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.player != nil {
		s.account()
	}
	if s.stalled {
		s.run.stalled.Add(-1)
	}
	if ctx.Err() != nil || errors.Is(err, fetch.ErrStopped) {
		return
	}
	ending := failed
	switch {
	case err == nil && s.gone:
		ending = string(player.Left)
	case err == nil:
		ending = string(s.player.Ending())
	}
	s.run.recorder.Session(func(p *measure.Play) {
		p.Ended++
		p.Endings[ending]++
	})
}

// account records what has happened since the last time. mu is held.
func (s *session) account() {
	now, before := s.player.Totals(), s.last
	s.last = now
	if stalled := s.player.State() == player.Stalled; stalled != s.stalled {
		s.stalled = stalled
		s.run.stalled.Add(map[bool]int64{true: 1, false: -1}[stalled])
	}
	if now == before {
		return
	}
	s.run.recorder.Session(func(p *measure.Play) {
		if now.Started && !before.Started {
			p.StartUp.Record(now.StartUp)
		}
		p.Played += now.Played - before.Played
		p.Stalled += now.Stalled - before.Stalled
		p.SeekWait += now.SeekWait - before.SeekWait
		p.Stalls += int64(now.Stalls - before.Stalls)
		p.Seeks += int64(now.Seeks - before.Seeks)
	})
}
