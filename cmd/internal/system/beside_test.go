package system

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"headwater/packager"
)

// TestBesideServer ingests and deletes by processes beside a running server, which takes notice.
func TestBesideServer(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	s := f.serve()
	one, two := f.start("ingest", suiting.path(t)), f.start("ingest", tiny.path(t))
	a, b := f.ingested(one.wait()), f.ingested(two.wait())
	s.appears(a, 2)
	s.appears(b, 1)
	s.play(a)
	s.play(b)
	if o := f.run("delete", string(a)); o.code != 0 || strings.TrimSpace(o.stdout) != string(a) {
		t.Errorf("delete ended with %d and printed %q: %s", o.code, o.stdout, o.stderr)
	}
	s.vanishes(a)
	s.play(b)
	if seen := f.inspect(a); seen.State != "deleted" {
		t.Errorf("asset %s is %s after its deletion", a, seen.State)
	}
	if o := f.run("delete", string(a)); o.code != 0 {
		t.Errorf("a second delete ended with %d: %s", o.code, o.stderr)
	}
	if o := f.run("delete", "unknown"); o.code != 1 || len(o.complaints()) != 1 {
		t.Errorf("delete of an unknown asset ended with %d: %s", o.code, o.stderr)
	}
	f.checkStored()
}

// TestDeleteUnderIngest deletes an asset while its second generation is being made: it stays deleted.
func TestDeleteUnderIngest(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	s := f.serve()
	p, id := f.suspended(suiting)
	s.appears(id, 1)
	if o := f.run("delete", string(id)); o.code != 0 {
		t.Fatalf("delete ended with %d: %s", o.code, o.stderr)
	}
	s.vanishes(id)
	p.signal(syscall.SIGCONT)
	if o := p.wait(); o.code != 1 || len(o.complaints()) != 1 {
		t.Errorf("ingest ended with %d: %s", o.code, o.stderr)
	}
	if r := f.last(); r.state != "deleted" || r.job != "failed" || r.reason == "" {
		t.Errorf("the catalogue says %+v", r)
	}
	s.status(http.StatusNotFound, s.master(id))
	f.checkStored()
}

// TestWrongURLs asks for what does not exist, and for options in wrong forms.
func TestWrongURLs(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(tiny)
	s := f.serve()
	track := f.presentation(id, 1).Tracks[0].ID
	media := func(r packager.Resource) string { return s.url(id, r) }
	for _, url := range []string{
		s.master("unknown"),
		media(packager.Resource{Kind: packager.HLSMedia, Track: "unknown"}),
		media(packager.Resource{Kind: packager.InitSegment, Track: "unknown"}),
		media(packager.Resource{Kind: packager.MediaSegment, Track: "unknown", TargetSeconds: 6, Number: 1}),
		media(packager.Resource{Kind: packager.MediaSegment, Track: track, TargetSeconds: 6, Number: 2}),
		s.viewer + "/v/" + string(id) + "/source",
		s.viewer + "/v/" + string(id) + "/record.json",
		s.viewer + "/v/" + string(id) + "/hls/..%2f..%2fsource",
	} {
		checkPublic(t, s.status(http.StatusNotFound, url), "not found\n")
	}
	master := packager.Resource{Kind: packager.HLSMaster}
	for options, want := range map[string]string{
		"maxheight=tall":     "maxheight",
		"colour=red":         "colour",
		"seg=0":              "seg",
		"seg=4,maxheight=96": "/v/" + string(id) + "/maxheight=96,seg=4/hls/master.m3u8",
	} {
		if a := s.status(http.StatusBadRequest, s.url(id, master, options)); !strings.Contains(string(a.body), want) {
			t.Errorf("options %s: %q does not name %s", options, a.body, want)
		}
	}
	s.play(id, "maxheight=96,seg=2")
}

// checkPublic demands the one public text of an answer.
func checkPublic(t *testing.T, a answer, want string) {
	t.Helper()
	if string(a.body) != want {
		t.Errorf("the answer says %q, want %q", a.body, want)
	}
}

// TestManyOperands ingests several files of which one does not exist: the others are done, and the exit code says so.
func TestManyOperands(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	o := f.run("ingest", "--json", tiny.path(t), f.path("absent.mp4"), tiny.path(t))
	if o.code != 3 {
		t.Errorf("exit code %d, want 3; %s", o.code, o.stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(o.stdout))
	var errs []bool
	for decoder.More() {
		var result struct{ Asset, Error string }
		must(t, decoder.Decode(&result))
		errs = append(errs, result.Error != "")
	}
	if len(errs) != 3 || errs[0] || !errs[1] || errs[2] {
		t.Errorf("results %s", o.stdout)
	}
	f.checkStored()
}
