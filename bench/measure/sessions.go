package measure

import (
	"sync"
	"time"
)

// Play is how the sessions went. Times are real time.
type Play struct {
	// Began and Ended count sessions; Endings say why, by name. TurnedAway are viewers for whom there was no room.
	Began, Ended, TurnedAway int64
	Endings                  map[string]int64
	// StartUp is from opening to the first picture.
	StartUp Histogram
	// Played, Stalled and SeekWait are summed over all sessions, those that began in the warm-up included.
	Played, Stalled, SeekWait time.Duration
	Stalls, Seeks             int64
	// Switches counts the changes of rendition within sessions.
	Switches int64
	// Renditions says how much media was fetched of each, by name.
	Renditions map[string]Share
}

// Share is what was fetched of one rendition.
type Share struct {
	// Bandwidth is what the manifest says, in bits a second; 0 when it does not.
	Bandwidth int64
	Media     time.Duration
	Bytes     int64
	Sound     bool // it is sound alone
}

// maxRenditions bounds the names of renditions that are told apart.
const maxRenditions = 100

type sessions struct {
	mu   sync.Mutex
	play Play
}

// Session changes the counts of sessions. change must not keep what it is given; it is called under a lock. What happens
// before Begin is forgotten.
func (r *Recorder) Session(change func(*Play)) {
	r.play.mu.Lock()
	defer r.play.mu.Unlock()
	if r.ended.Load() {
		return
	}
	r.play.play.init()
	change(&r.play.play)
}

func (p *Play) init() {
	if p.Endings == nil {
		p.Endings, p.Renditions = map[string]int64{}, map[string]Share{}
	}
}

// Fetched counts a segment of a rendition.
func (p *Play) Fetched(class Class, name string, bandwidth int64, media time.Duration, bytes int64) {
	share, known := p.Renditions[name]
	if !known && len(p.Renditions) >= maxRenditions {
		name, bandwidth = "others", 0
		share = p.Renditions[name]
	}
	share.Bandwidth = max(share.Bandwidth, bandwidth)
	share.Sound = class == Audio
	share.Media += media
	share.Bytes += bytes
	p.Renditions[name] = share
}

func (s *sessions) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play = Play{}
}

// result returns the counts. Nothing may be recorded afterwards.
func (s *sessions) result() Play {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play.init()
	return s.play
}
