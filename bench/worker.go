package bench

import (
	"context"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/manifest"
	"headwater/bench/measure"
	"headwater/bench/player"
)

// The tracks of a session.
const (
	pictures = iota
	sound
)

// slack is how far the boundaries of segments may lie apart between renditions, for rounding in manifests.
const slack = 50 * time.Millisecond

// worker fetches some tracks of a session over one lane.
type worker struct {
	*session
	lane   *fetch.Lane
	tracks []int
	init   [2]*manifest.Resource // the init segment that each track has
}

// work fetches until the session is over.
func (w *worker) work(ctx context.Context) error {
	for {
		step, rendition := w.next()
		switch {
		case step.Over:
			return nil
		case !step.Fetch:
			if !sleep(ctx, step.Wait) {
				return fetch.ErrStopped
			}
		default:
			if err := w.persist(ctx, func() error { return w.fetch(step, rendition) }); err != nil {
				w.fail()
				return err
			}
		}
	}
}

// next returns what to do, and of which rendition.
func (w *worker) next() (player.Step, *manifest.Rendition) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.run.pool.Now()
	step := w.player.Next(now, w.tracks...)
	w.account()
	if w.leaves > 0 && now >= w.leaves {
		w.gone = true
	}
	if w.gone || w.failed {
		return player.Step{Over: true}, nil
	}
	if w.leaves > 0 {
		step.Wait = min(step.Wait, w.leaves-now)
	}
	if step.Track == sound {
		return step, &w.presentation.Audio[w.sound]
	}
	return step, &w.presentation.Video[w.chosen]
}

// fail ends the session for the other lane too.
func (w *worker) fail() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = true
}

// fetch fetches the segment of a step, and what is needed before it.
func (w *worker) fetch(step player.Step, r *manifest.Rendition) error {
	if err := (browser{w.lane}).load(r); err != nil {
		return err
	}
	segment := &r.Segments[r.At(step.At+slack)]
	if err := w.initialise(step.Track, segment.Init); err != nil {
		return err
	}
	answer, err := w.get(segment.Resource, classOf(r.Kind))
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.throughput.Add(answer.Bytes, answer.LastByte)
	w.player.Fetched(w.run.pool.Now(), step, segment.Start+segment.Duration)
	w.account()
	switched := false
	if step.Track == pictures {
		switched = w.fetched >= 0 && w.fetched != w.chosen
		w.fetched, w.chosen = w.chosen, w.throughput.Choose(w.bandwidths)
	}
	w.run.recorder.Session(func(p *measure.Play) {
		p.Fetched(classOf(r.Kind), r.Name, r.Bandwidth, segment.Duration, answer.Bytes)
		if switched {
			p.Switches++
		}
	})
	return nil
}

// initialise fetches the init segment, when it is another than the one that the track has.
func (w *worker) initialise(track int, init *manifest.Resource) error {
	if init == nil || w.init[track] != nil && *w.init[track] == *init {
		return nil
	}
	if _, err := w.get(*init, measure.Init); err != nil {
		return err
	}
	w.init[track] = init
	return nil
}

func (w *worker) get(r manifest.Resource, class measure.Class) (fetch.Answer, error) {
	t, err := fetch.NewTarget(r, class)
	if err != nil {
		return fetch.Answer{}, &fetch.Failure{Kind: fetch.BadURL, Detail: err.Error()}
	}
	return w.lane.Fetch(t, fetch.Options{})
}
