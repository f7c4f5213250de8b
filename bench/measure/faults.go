package measure

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Fault is a kind of failure with how often it happened.
type Fault struct {
	// Kind names it in a few words: "timeout", "status 404", "changed body".
	Kind  string
	Class Class
	Count int64
	// Example is the URL of the first one, without credentials, and Detail what was wrong there.
	Example, Detail string
}

// maxFaults bounds the rows of the table: a server can make up statuses.
const maxFaults = 200

type faultKey struct {
	kind  string
	class Class
}

type faults struct {
	mu       sync.Mutex
	rows     map[faultKey]*Fault
	interval int64
}

// Fault counts a failure of a request that began then. kind is one of a few; example must hold no credentials.
func (r *Recorder) Fault(began time.Duration, class Class, kind, example, detail string) {
	r.faults.add(r.counts(began), Fault{Kind: kind, Class: class, Example: example, Detail: detail})
}

func (f *faults) add(counts bool, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interval++
	if !counts {
		return
	}
	key := faultKey{fault.Kind, fault.Class}
	row := f.rows[key]
	if row == nil {
		if len(f.rows) >= maxFaults {
			key.kind, fault.Kind = "others", "others"
			if row = f.rows[key]; row != nil {
				row.Count++
				return
			}
		}
		if f.rows == nil {
			f.rows = map[faultKey]*Fault{}
		}
		row = &fault
		f.rows[key] = row
	}
	row.Count++
}

func (f *faults) tick() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.interval
	f.interval = 0
	return n
}

func (f *faults) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.rows)
}

// list returns the rows, the most frequent first.
func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Fault
	for _, row := range f.rows {
		all = append(all, *row)
	}
	slices.SortFunc(all, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Class, b.Class))
	})
	return all
}
