package cache

import (
	"slices"
	"sync"
	"testing"

	"github.com/dgraph-io/ristretto/v2"
)

// watched is the library behind store, configured like it, with a log of what it calls for each value.
type watched struct {
	*ristretto.Cache[uint64, *Entry]
	mu     sync.Mutex
	events map[string][]string
	block  chan struct{} // holds up the next rejection while it is open
}

func watch(t *testing.T, maxCost int64) *watched {
	w := &watched{events: map[string][]string{}}
	note := func(event string, e *Entry) {
		key := "nil"
		if e != nil {
			key = e.key
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events[key] = append(w.events[key], event)
	}
	var err error
	w.Cache, err = ristretto.NewCache(&ristretto.Config[uint64, *Entry]{
		NumCounters: 1 << 12, MaxCost: maxCost, BufferItems: 64, IgnoreInternalCost: true,
		KeyToHash: func(hash uint64) (uint64, uint64) { return hash, 0 },
		OnEvict:   func(i *ristretto.Item[*Entry]) { note("evict", i.Value) },
		OnReject: func(i *ristretto.Item[*Entry]) {
			if w.block != nil {
				<-w.block
			}
			note("reject", i.Value)
		},
		OnExit: func(e *Entry) { note("exit", e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// expect compares what was called for the value and forgets it.
func (w *watched) expect(t *testing.T, value string, want ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := w.events[value]; !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", value, got, want)
	}
	delete(w.events, value)
}

func (w *watched) set(key uint64, value string, cost int64) bool {
	ok := w.Set(key, &Entry{key: value}, cost)
	if w.block == nil {
		w.Wait()
	}
	return ok
}

// TestStore_LibraryCallsExitOnceForEachValue pins what the holds of entries lean on.
func TestStore_LibraryCallsExitOnceForEachValue(t *testing.T) {
	w := watch(t, 100)
	w.set(1, "first", 60)
	w.expect(t, "first")
	w.set(1, "second", 60) // replaces
	w.expect(t, "first", "exit")
	w.set(2, "oversize", 101)
	w.expect(t, "oversize", "reject", "exit")
	w.set(3, "newcomer", 60) // asked for as often as what must go: never
	w.expect(t, "second", "evict", "exit")
	w.expect(t, "newcomer")
	w.Del(3)
	w.Wait()
	w.expect(t, "newcomer", "exit")
	w.expect(t, "nil", "exit") // the deletion is digested a second time
	w.Del(4)
	w.Wait()
	w.expect(t, "nil", "exit", "exit")
	w.set(5, "kept", 60)
	w.Clear()
	w.expect(t, "kept", "evict", "exit")
	w.set(6, "kept", 60)
	w.Close()
	w.expect(t, "kept", "evict", "exit")
	if w.Set(7, &Entry{key: "late"}, 1) {
		t.Error("a closed cache takes values")
	}
	w.expect(t, "late")
	if len(w.events) > 0 {
		t.Errorf("and %v", w.events)
	}
}

func TestStore_LibraryCallsNothingForADroppedSet(t *testing.T) {
	w := watch(t, 100)
	w.block = make(chan struct{})
	w.set(1, "blocking", 101)
	accepted := 0
	for w.set(2, "queued", 1) {
		accepted++
	}
	w.expect(t, "queued")
	close(w.block)
	w.Wait()
	w.Close()
	exits := 0
	for _, event := range w.events["queued"] {
		if event == "exit" {
			exits++
		}
	}
	if exits != accepted || accepted == 0 {
		t.Errorf("%d exits of %d values", exits, accepted)
	}
}
