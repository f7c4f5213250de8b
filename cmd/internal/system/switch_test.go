package system

import (
	"maps"
	"net/http"
	"syscall"
	"testing"

	"headwater/packager"
)

// TestSwitch publishes a second generation under a player of the first: each URL that the first one named goes on to
// answer with the same bytes.
func TestSwitch(t *testing.T) {
	t.Run("other grid", func(t *testing.T) { testSwitch(t, nearly, 0) })
	t.Run("same grid", func(t *testing.T) { testSwitch(t, suiting, 2) })
}

// testSwitch ingests a clip of which so many tracks stay in generation 2.
func testSwitch(t *testing.T, c *clip, kept int) {
	t.Parallel()
	f := newFolder(t)
	s := f.serve()
	p, id := f.suspended(c)
	s.appears(id, 1)
	first := s.play(id)
	p.signal(syscall.SIGCONT)
	f.ingested(p.wait())
	s.appears(id, 2)
	entries := map[string]bool{}
	for _, kind := range []packager.ResourceKind{packager.HLSMaster, packager.DASHManifest} {
		entries["/v/"+string(id)+"/"+string(packager.Resource{Kind: kind}.AppendPath(nil))] = true
	}
	again := digests{}
	for path := range first {
		if entries[path] {
			delete(first, path)
			continue
		}
		again[path] = digest(s.status(http.StatusOK, s.viewer+path).body)
	}
	if !maps.Equal(again, first) {
		t.Error("what generation 1 named has other bytes after the switch")
	}
	s.play(id)
	if got := shared(f.presentation(id, 1), f.presentation(id, 2)); got != kept {
		t.Errorf("generation 2 lists %d tracks of generation 1, want %d", got, kept)
	}
	s.stop()
	f.checkStored()
}

// shared counts the tracks of a that b has too.
func shared(a, b *packager.Presentation) (n int) {
	for i := range a.Tracks {
		if b.Track(a.Tracks[i].ID) != nil {
			n++
		}
	}
	return n
}
