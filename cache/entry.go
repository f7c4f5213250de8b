package cache

import "bytes"

// Entry is one finished answer. It is immutable and safe to share.
type Entry struct {
	key  string
	body []byte
}

// entryOverheadBytes is what an entry costs beside its body and key: the Entry itself and the store's item, map slot
// and policy record.
const entryOverheadBytes = 200

// newEntry owns body from now on. A body that fills its buffer badly is moved, so that the slack is not paid for as
// long as the entry lives.
func newEntry(key string, body []byte) *Entry {
	if cap(body)-len(body) > len(body)/8 {
		body = bytes.Clone(body)
	}
	return &Entry{key: key, body: body}
}

// Body returns the bytes of the answer. They must not be changed.
func (e *Entry) Body() []byte { return e.body }

func (e *Entry) costBytes() int64 {
	return int64(cap(e.body)) + int64(len(e.key)) + entryOverheadBytes
}

// Outcome says how a Fetch was answered.
type Outcome uint8

// The outcomes of a Fetch.
const (
	Hit    Outcome = 1 + iota // it was in the cache
	Miss                      // this call started the fill
	Join                      // it shared a fill that another call had started
	Bypass                    // this call started the fill, and the result is too big to be kept
)

var outcomeNames = [...]string{Hit: "hit", Miss: "miss", Join: "join", Bypass: "bypass"}

// String returns "hit", "miss", "join" or "bypass", and "" for the zero value.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return ""
}
