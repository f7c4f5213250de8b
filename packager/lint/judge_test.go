package lint

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestJudge: both manifests, told by their text, behind redirects; with fetches at once, and of a sample.
func TestJudge(t *testing.T) {
	p, files := film(t)
	s := newSite(t, p, files)
	for _, moved := range []string{"/hls", "/dash"} {
		entry := map[string]string{"/hls": master, "/dash": mpdURL}[moved]
		answer := s[entry]
		answer.URL = entry
		s[moved] = answer
	}
	f := func(o Options, fetched, tracks, unjudged int) {
		t.Helper()
		v, err := Judge([]string{"/hls", "/dash"}, s.fetch, o)
		if err != nil || len(v.Findings) > 0 {
			t.Errorf("%+v: %v, findings %v", o, err, v.Findings)
		}
		if v.Fetched != fetched || v.Tracks != tracks || len(v.Unjudged) != unjudged {
			t.Errorf("%+v: %d fetched, %d tracks, not judged %v", o, v.Fetched, v.Tracks, v.Unjudged)
		}
	}
	f(Options{}, 59, 5, 0)
	f(Options{Parallel: 4}, 59, 5, 0)
	f(Options{Sample: 2}, 28, 5, 5)
	f(Options{Sample: 1, Parallel: 9}, 28, 5, 5)
}

// TestSampleNotices: what is in the segments of a sample is judged, also against what the manifest says of the others.
func TestSampleNotices(t *testing.T) {
	p, files := film(t)
	f := func(rule ruleID, defect func(*testing.T, site)) {
		t.Helper()
		s := maps.Clone(newSite(t, p, files))
		defect(t, s)
		v, err := Judge([]string{master, mpdURL}, s.fetch, Options{Sample: 2})
		if err != nil || !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Rule == rules[rule].Name }) {
			t.Errorf("%s did not notice: %v, %v", rules[rule].Name, err, v.Findings)
		}
	}
	f(hlsEXTINF, text(v1, "EXTINF:6.006000", "EXTINF:6.046000"))
	f(dashMedia, boxBytes(segmentURL("v1", 3), "tfdt", 11, 1))
	f(cmafSync, boxBytes(segmentURL("v1", 3), "mdat", 4, 0x41))
}

// TestJudgeNothing: what is no manifest, and what was left out on purpose, is not judged and no finding.
func TestJudgeNothing(t *testing.T) {
	s := site{"/page": {Body: []byte("hello")}}
	v, err := Judge([]string{"/page"}, s.fetch, Options{})
	if !errors.Is(err, ErrUnjudged) || len(v.Findings) > 0 || len(v.Unjudged) != 1 {
		t.Errorf("%v, %+v", err, v)
	}
	p, files := film(t)
	s = newSite(t, p, files)
	spent := func(url string, from, to int64) (Response, error) {
		if strings.HasSuffix(url, ".m4s") {
			return Response{}, fmt.Errorf("%w: the limit is reached", ErrUnjudged)
		}
		return s.fetch(url, from, to)
	}
	v, err = Judge([]string{master}, spent, Options{Parallel: 3})
	if err != nil || len(v.Findings) > 0 || len(v.Unjudged) != 45 || v.Tracks != 0 {
		t.Errorf("%v, %+v", err, v)
	}
}
