package origin

import (
	"fmt"
	"testing"

	"headwater/packager"
)

// TestHandler_UnknownTracksLoadNoGenerationTwice asks for tracks that never were, of an asset with earlier generations
// whose indexes find no room in memory.
func TestHandler_UnknownTracksLoadNoGenerationTwice(t *testing.T) {
	storage := newStorage()
	for generation := range uint32(4) {
		storage.publish(newFilm(t, "film", generation+1, fmt.Sprint("g", generation+1, "-")))
	}
	s := serve(t, testConfig(), storage, storage)
	forget := func() {
		s.table.mu.Lock()
		defer s.table.mu.Unlock()
		s.table.presentations.clear()
	}
	get := func(track string, want int) {
		t.Helper()
		forget()
		if r := s.do("GET", "/v/film/cmaf1/"+track+"/6s1/1.m4s"); r.StatusCode != want {
			t.Errorf("%s: status %d", track, r.StatusCode)
		}
	}
	for i := range 5 {
		get(fmt.Sprint("none-", i), 404)
	}
	for generation, reads := range map[int]int{1: 1, 2: 1, 3: 1, 4: 5} {
		if n := storage.count(fmt.Sprint("presentation film ", generation)); n != reads {
			t.Errorf("generation %d read %d times", generation, n)
		}
	}
	get("g2-v360", 200)
	get("g1-v360", 200)
}

// TestHandler_FindHoldsBothTracks: a player of pictures and sound in one stream goes on when a new generation keeps only one
// of them.
func TestHandler_FindHoldsBothTracks(t *testing.T) {
	before, now := newFilm(t, "film", 1, ""), newFilm(t, "film", 2, "")
	now.Tracks[2].ID = "a-new"
	storage := newStorage(before, now)
	s := serve(t, testConfig(), storage, storage)
	record, err := s.table.asset(t.Context(), "film")
	if err != nil {
		t.Fatal(err)
	}
	f := func(r packager.Resource, want uint32) {
		t.Helper()
		p, err := s.handler.find(t.Context(), "film", target{asset: "film", resource: r}, record)
		if err != nil {
			t.Fatal(err)
		}
		if p.Generation != want {
			t.Errorf("%s: generation %d, want %d", r.AppendPath(nil), p.Generation, want)
		}
	}
	segment := packager.Resource{Kind: packager.TSSegment, Track: "v720", TargetSeconds: 6, Number: 1}
	f(segment, 2)
	segment.Audio = "a-new"
	f(segment, 2)
	segment.Audio = "a-en"
	f(segment, 1)
	segment.Audio = "a-none"
	f(segment, 2)
}
