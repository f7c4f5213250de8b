package player

import (
	"math/rand/v2"
	"time"
)

// Behaviour is how viewers behave, as means of random draws. Times are media time, Think is real time.
type Behaviour struct {
	// Complete is the share of sessions that watch to the end, 0 to 1; the others leave after Watch on average
	// (exponentially distributed).
	Complete float64
	Watch    time.Duration
	// SeekEvery is how much is watched between two seeks on average (exponentially distributed); 0 for no seeks.
	SeekEvery time.Duration
	// Think is the pause between two sessions of a viewer on average (exponentially distributed).
	Think time.Duration
}

// NewDefaultBehaviour returns viewers of whom a third watch to the end and the others 60 s, with a seek in two minutes.
func NewDefaultBehaviour() Behaviour {
	return Behaviour{Complete: 1. / 3, Watch: time.Minute, SeekEvery: 2 * time.Minute, Think: 5 * time.Second}
}

// Viewer is what one viewer means to do in one session.
type Viewer struct {
	// Watch is how much they watch before they leave; 0 for all.
	Watch time.Duration
	// Seeks are in the order in which they happen.
	Seeks []Seek
}

// Seek is a jump.
type Seek struct {
	// After is how much has been watched before it.
	After time.Duration
	// To is the part of the presentation that is jumped to, 0 to below 1.
	To float64
}

// maxSeeks bounds the seeks of one session.
const maxSeeks = 1000

// Draw draws a session. It takes the same numbers from random whatever comes out.
func (b Behaviour) Draw(random *rand.Rand) Viewer {
	var v Viewer
	completes, watch := random.Float64() < b.Complete, exponential(random, b.Watch)
	if !completes {
		v.Watch = max(watch, time.Millisecond)
	}
	seeks := rand.New(rand.NewPCG(random.Uint64(), 0))
	for after := time.Duration(0); b.SeekEvery > 0 && len(v.Seeks) < maxSeeks; {
		after += exponential(seeks, b.SeekEvery)
		if v.Watch > 0 && after >= v.Watch || after > 24*time.Hour {
			break
		}
		v.Seeks = append(v.Seeks, Seek{After: after, To: seeks.Float64()})
	}
	return v
}

// Pause draws the time between two sessions.
func (b Behaviour) Pause(random *rand.Rand) time.Duration { return exponential(random, b.Think) }

// exponential draws a time of the given mean.
func exponential(random *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(random.ExpFloat64() * float64(mean))
}
