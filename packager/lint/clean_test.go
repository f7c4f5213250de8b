package lint

import "testing"

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
