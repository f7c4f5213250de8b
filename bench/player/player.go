package player

import (
	"math"
	"time"
)

// State is what a player is doing.
type State uint8

// The states.
const (
	Starting State = iota // waits for the first picture
	Playing
	Stalled // ran dry
	Seeking // waits for the picture after a seek
	Over
)

// Ending is why a session is over.
type Ending string

// The endings.
const (
	Watched  Ending = "watched"   // to the end
	Left     Ending = "left"      // after the time that the viewer meant to watch
	GaveUp   Ending = "gave_up"   // out of patience
	NotEnded Ending = "not_ended" // still running
)

// slack is how far boundaries of segments may lie apart between renditions, for rounding in manifests.
const slack = 50 * time.Millisecond

// Player is one session.
type Player struct {
	cfg    Config
	viewer Viewer
	tracks []track

	state    State
	ending   Ending
	clock    time.Duration // what has been accounted for
	waiting  time.Duration // since when it does not play
	position time.Duration // of the picture, media time
	watched  time.Duration // media time
	epoch    int           // counts seeks
	totals   Totals
}

// track is the buffer of one track: what lies between the position and buffered.
type track struct{ buffered, end time.Duration }

func (t track) whole() bool { return t.buffered >= t.end-slack }

// Totals is what a session has come to. All times are real time.
type Totals struct {
	// Started says that it has played; StartUp is how long that took.
	Started bool
	StartUp time.Duration
	// Played is how long it played, Stalled how long it stood still after running dry, which happened Stalls times.
	Played, Stalled time.Duration
	Stalls          int
	// Seeks is how often the viewer jumped, SeekWait how long they waited for pictures after that.
	Seeks    int
	SeekWait time.Duration
}

// New returns the player of a session that the viewer opened at the given time; fetching the manifests since then is part
// of its start-up. ends are the lengths of its tracks, in media time, at least one.
func New(cfg Config, viewer Viewer, opened time.Duration, ends ...time.Duration) *Player {
	p := &Player{cfg: cfg, viewer: viewer, clock: opened, waiting: opened, ending: NotEnded}
	for _, end := range ends {
		p.tracks = append(p.tracks, track{end: end})
	}
	p.resume(opened)
	return p
}

// Step is what to do next.
type Step struct {
	// Fetch says to fetch the segment of the track that holds At (media time) and tell Fetched about it.
	Fetch bool
	Track int
	At    time.Duration
	// Epoch goes back to Fetched.
	Epoch int
	// Wait is how long there is nothing to do (real time), when Fetch is false. More may come earlier, by Fetched.
	Wait time.Duration
	// Over says that the session is.
	Over bool
}

// maxWait bounds a Step's Wait, so that totals are never older.
const maxWait = time.Second

// Next returns what to do now for one of the given tracks, the emptiest first.
func (p *Player) Next(now time.Duration, tracks ...int) Step {
	p.advance(now)
	if p.state == Over {
		return Step{Over: true}
	}
	wait := p.untilEvent()
	best := -1 // the emptiest
	for _, n := range tracks {
		t := p.tracks[n]
		if t.whole() {
			continue
		}
		if ahead := t.buffered - p.position; ahead >= p.cfg.MaxBuffer {
			wait = min(wait, p.realTime(ahead-p.cfg.MaxBuffer))
			continue
		}
		if best < 0 || t.buffered < p.tracks[best].buffered {
			best = n
		}
	}
	if best < 0 {
		return Step{Wait: min(max(wait, time.Millisecond), maxWait)}
	}
	return Step{Fetch: true, Track: best, At: p.tracks[best].buffered, Epoch: p.epoch}
}

// Fetched tells that the segment that a Step of the given epoch asked for is there and ends at end (media time).
func (p *Player) Fetched(now time.Duration, step Step, end time.Duration) {
	p.advance(now)
	if step.Epoch != p.epoch || p.state == Over {
		return // thrown away by a seek
	}
	t := &p.tracks[step.Track]
	t.buffered = max(t.buffered+time.Millisecond, end) // an empty segment must not be fetched for ever
	p.resume(now)
}

// Advance accounts for the time until now, as Next and Fetched do.
func (p *Player) Advance(now time.Duration) { p.advance(now) }

// State returns what the player was doing when it was last told the time.
func (p *Player) State() State { return p.state }

// Ending returns why the session is over.
func (p *Player) Ending() Ending { return p.ending }

// Totals returns what the session has come to so far.
func (p *Player) Totals() Totals { return p.totals }

func (p *Player) advance(now time.Duration) {
	for p.clock < now && p.state != Over {
		if p.state == Playing {
			p.play(now)
		} else {
			p.stand(now)
		}
	}
}

// play moves on to now, or to the next thing that happens before.
func (p *Player) play(now time.Duration) {
	ahead, event := p.nextEvent()
	real := p.realTime(ahead)
	if p.clock+real > now {
		real = now - p.clock
		ahead, event = p.mediaTime(real), nil
	}
	p.clock += real
	p.position += ahead
	p.watched += ahead
	p.totals.Played += real
	if event != nil {
		event()
	}
}

// nextEvent returns after how much media something happens, and what.
func (p *Player) nextEvent() (ahead time.Duration, event func()) {
	ahead, event = p.level(), p.runDry
	if leave := p.viewer.Watch - p.watched; p.viewer.Watch > 0 && leave <= ahead {
		ahead, event = leave, func() { p.end(Left) }
	}
	if p.totals.Seeks < len(p.viewer.Seeks) {
		if jump := p.viewer.Seeks[p.totals.Seeks].After - p.watched; jump <= ahead {
			ahead, event = jump, p.seek
		}
	}
	return max(ahead, 0), event
}

// untilEvent returns in what real time something happens by itself.
func (p *Player) untilEvent() time.Duration {
	if p.state != Playing {
		return p.cfg.Patience - (p.clock - p.waiting)
	}
	ahead, _ := p.nextEvent()
	return p.realTime(ahead)
}

// level is how much media every unfinished track holds; of all tracks when none is unfinished.
func (p *Player) level() time.Duration {
	level, last := time.Duration(math.MaxInt64), time.Duration(0)
	for _, t := range p.tracks {
		last = max(last, t.buffered)
		if !t.whole() {
			level = min(level, t.buffered-p.position)
		}
	}
	return max(min(level, last-p.position), 0)
}

func (p *Player) whole() bool {
	for _, t := range p.tracks {
		if !t.whole() {
			return false
		}
	}
	return true
}

func (p *Player) runDry() {
	if p.whole() {
		p.end(Watched)
		return
	}
	p.state, p.waiting = Stalled, p.clock
	p.totals.Stalls++
}

func (p *Player) seek() {
	target := p.viewer.Seeks[p.totals.Seeks].To
	p.totals.Seeks++
	p.epoch++
	longest := time.Duration(0)
	for _, t := range p.tracks {
		longest = max(longest, t.end)
	}
	p.position = time.Duration(target * float64(longest))
	for i := range p.tracks {
		p.tracks[i].buffered = min(p.position, p.tracks[i].end)
	}
	p.state, p.waiting = Seeking, p.clock
	p.resume(p.clock) // to the very end
}

func (p *Player) end(why Ending) { p.state, p.ending = Over, why }

// stand lets time pass without a picture.
func (p *Player) stand(now time.Duration) {
	until := min(now, p.waiting+p.cfg.Patience)
	switch p.state {
	case Stalled:
		p.totals.Stalled += until - p.clock
	case Seeking:
		p.totals.SeekWait += until - p.clock
	}
	p.clock = max(until, p.clock)
	if until-p.waiting >= p.cfg.Patience {
		p.end(GaveUp)
	}
}

// resume plays when enough is there.
func (p *Player) resume(now time.Duration) {
	if p.state == Playing || p.state == Over || p.level() < p.cfg.StartBuffer && !p.whole() {
		return
	}
	if !p.totals.Started {
		p.totals.Started, p.totals.StartUp = true, now-p.waiting
	}
	p.state = Playing
}

func (p *Player) realTime(media time.Duration) time.Duration {
	return time.Duration(math.Ceil(float64(media) / p.cfg.Speed))
}

func (p *Player) mediaTime(real time.Duration) time.Duration {
	return time.Duration(float64(real) * p.cfg.Speed)
}
