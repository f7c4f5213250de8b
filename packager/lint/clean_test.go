package lint

import (
	"testing"

	"headwater/packager"
)

// TestLinkedAndShortenedStreams: manifests of absolute URLs with a signature, and those of a preview.
func TestLinkedAndShortenedStreams(t *testing.T) {
	p, files := film(t)
	f := func(name string, o packager.Options, link packager.Link) {
		t.Helper()
		s := newSite(t, p, files)
		s.write(t, p, o, link)
		for _, finding := range Stream(master, mpdURL, s.fetch) {
			t.Errorf("%s: %v", name, finding)
		}
	}
	f("linked", packager.Options{}, sign)
	f("preview", packager.Options{Preview: 7}, nil)
	f("linked preview", packager.Options{Preview: 1}, sign)
}

func TestCleanStreamHasNoFindings(t *testing.T) {
	p, files := film(t)
	s := newSite(t, p, files)
	for _, finding := range Stream(master, mpdURL, s.fetch) {
		t.Error(finding)
	}
	for id, file := range files {
		track := p.Track(id)
		if findings := Media(track.Init, file[len(track.Init):]); len(findings) > 0 {
			t.Errorf("%s: %v", id, findings)
		}
	}
}
