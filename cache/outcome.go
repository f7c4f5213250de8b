package cache

// Outcome says how a Fetch was answered.
type Outcome uint8

// The outcomes of a Fetch.
const (
	Hit    Outcome = 1 + iota // it was in the cache
	Miss                      // this call started the fill
	Join                      // it shared a fill that another call had started
	Bypass                    // there was no room (ErrNoRoom): the caller reads from the source itself
)

var outcomeNames = [...]string{Hit: "hit", Miss: "miss", Join: "join", Bypass: "bypass"}

// String returns "hit", "miss", "join" or "bypass", and "" for the zero value.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return ""
}
