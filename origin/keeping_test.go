package origin

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/auth/urlsign"
)

// TestKeeping_SameForAll: what a network keeps without the session is the same for all who get it.
func TestKeeping_SameForAll(t *testing.T) {
	g, s := newMatrixSite(t)
	const limits = "maxheight=360,preview=4"
	limited, whole := g.limited(limits), g.session(nil)
	for path, cacheControl := range map[string]string{
		"/v/film/cmaf1/v360/init.mp4":                             cacheForever,
		"/v/film/cmaf1/v360/6s1/1.m4s":                            cacheForever,
		"/v/film/" + limits + "/hls/v360.m3u8":                    cacheMedia,
		"/v/film/" + limits + "/hls/master.m3u8":                  cacheEntry,
		"/v/film/" + limits + "/dash/manifest.mpd":                cacheEntry,
		"/v/film/lang=en,maxheight=360,preview=4/hls/master.m3u8": cacheEntry,
	} {
		want := s.visit("GET", whole+path)
		if want.StatusCode != 200 || want.header("Cache-Control") != cacheControl || want.header("ETag") == "" {
			t.Errorf("%s: %s, %v", path, want.Status, want.Header)
		}
		for _, session := range []string{limited, whole, g.session(nil)} {
			checkSame(t, path, s.visit("GET", session+path), want)
			etag := "If-None-Match: " + want.header("ETag")
			if r := s.visit("GET", session+path, etag); r.StatusCode != 304 || r.header("Cache-Control") != cacheControl {
				t.Errorf("%s: %s", path, r.Status)
			}
			r := s.visit("GET", session+path, "Range: bytes=-7")
			if r.StatusCode != 206 || !bytes.HasSuffix(want.body, r.body) {
				t.Errorf("%s: %s", path, r.Status)
			}
		}
	}
}

// TestKeeping_Errors: what one viewer is told is not kept for others.
func TestKeeping_Errors(t *testing.T) {
	g, s := newMatrixSite(t)
	f := func(target string, status int, want string) {
		t.Helper()
		if r := s.visit("GET", target); r.StatusCode != status || r.header("Cache-Control") != want {
			t.Errorf("%s: %s, %s", target, r.Status, r.header("Cache-Control"))
		}
	}
	const beyond, missing = "/v/film/cmaf1/v720/6s1/2.m4s", "/v/film/cmaf1/v720/6s1/99.m4s"
	f(g.limited("preview=4")+beyond, 404, cacheNotStored)
	f(g.limited("preview=4")+missing, 404, cacheNotStored)
	f(g.session(nil)+missing, 404, cacheError)
	f(g.sign(urlsign.A, missing), 404, cacheNotStored)
	f("/v/film/codecs=hevc/hls/master.m3u8?token="+g.playAuth(nil), 404, cacheNotStored)
	f("/v/open/codecs=hevc/hls/master.m3u8", 404, cacheError)
	f("/v/film/seg=x/hls/master.m3u8", 400, cacheError)
	f(masterPath, 403, cacheNotStored)
}

// TestKeeping_Drafts: nobody keeps what only a preview link shows.
func TestKeeping_Drafts(t *testing.T) {
	g, s := newMatrixSite(t)
	for _, asset := range []string{"draft", "blocked", "future", "past", "film"} {
		session := g.sessionOf("", asset, &auth.Claims{Draft: true}, nil)
		for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath, "/v/film/hls/v999.m3u8"} {
			r := s.visit("GET", session+strings.Replace(path, "film", asset, 1))
			if !strings.Contains(r.header("Cache-Control"), cacheNotStored) {
				t.Errorf("%s: %s: %s, %s", asset, path, r.Status, r.header("Cache-Control"))
			}
		}
	}
}

// TestKeeping_Bounded: nothing is kept for longer than the asset plays, the policy allows, or the signature lasts.
func TestKeeping_Bounded(t *testing.T) {
	g, s := newMatrixSite(t)
	session, now := g.session(nil), time.Now()
	record := func(a Asset) {
		s.table.library.(*storage).change(func() { s.table.library.(*storage).assets["film"] = a })
		s.table.Flush()
	}
	f := func(target string, want time.Duration) {
		t.Helper()
		r := s.visit("GET", target)
		value, ok := strings.CutPrefix(r.header("Cache-Control"), "public, max-age=")
		seconds, err := strconv.Atoi(value)
		slack := time.Since(now).Truncate(time.Second) + 2*time.Second
		if age := time.Duration(seconds) * time.Second; !ok || err != nil || age > want || age < want-slack {
			t.Errorf("%s: %s, %s, want %v", target, r.Status, r.header("Cache-Control"), want)
		}
	}
	record(Asset{Visibility: Published, Generation: 1, ExpireAt: now.Add(time.Hour)})
	f(session+segmentPath, time.Hour)
	f(session+initPath, time.Hour)
	f(session+masterPath, 4*time.Second)
	f(g.sign(urlsign.A, segmentPath), 30*time.Minute)
	record(Asset{Visibility: Published, Generation: 1, ExpireAt: now.Add(30 * time.Second)})
	f(session+mediaPath, 30*time.Second)
	f(session+mpdPath, 4*time.Second)
	f(g.sign(urlsign.A, segmentPath), 30*time.Second)
	record(Asset{Visibility: Published, Generation: 1})
	f(g.sign(urlsign.A, segmentPath), 30*time.Minute)
	f(g.signAt(urlsign.B, segmentPath, now.Add(-10*time.Minute), 0), 20*time.Minute-time.Duration(now.Second())*time.Second)
	g.setRules("default_policy: short\npolicies: [{name: short, access: protected, max_age: 90s}]")
	f(session+segmentPath, 90*time.Second)
	if r := s.visit("GET", session+mediaPath); r.header("Cache-Control") != cacheMedia {
		t.Errorf("media playlist: %v", r.Header)
	}
	if r := s.visit("GET", g.sign(urlsign.A, mediaPath)); r.header("Cache-Control") != cachePrivate {
		t.Errorf("signed media playlist: %v", r.Header)
	}
}

// TestProjects_ShareNothing has two projects with assets, tracks and paths of the same names: neither gets what is the
// other's, out of memory either.
func TestProjects_ShareNothing(t *testing.T) {
	g := newWarden(t, "projects: [{name: acme, domains: [acme.test, '*.acme.test']}]")
	ours, theirs := newFilm(t, "film", 1, ""), newFilm(t, "acme/film", 1, "")
	theirs.Tracks = theirs.Tracks[:3] // other manifests of the same checksum
	if err := theirs.Validate(); err != nil {
		t.Fatal(err)
	}
	library := newStorage(ours)
	library.publish(theirs)
	files := map[string][]byte{}
	for i := range theirs.Tracks {
		id := theirs.Tracks[i].ID
		other := bytes.Clone(theirs.files[id])
		for i := range theirs.Track(id).Fragments { // other samples in the same boxes
			f := &theirs.Track(id).Fragments[i]
			end := f.Offset + int64(f.SizeBytes)
			copy(other[end-100:end], bytes.Repeat([]byte("acme"), 25))
		}
		files["acme/film/"+string(id)] = other
	}
	s := g.serve(library, byAsset{library, files})
	for range 2 {
		for _, path := range []string{masterPath, mpdPath, mediaPath, segmentPath, initPath} {
			own := s.visit("GET", path)
			for _, host := range []string{"acme.test", "ACME.test:443", "www.acme.test", "acme.test."} {
				r := s.visit("GET", path, "Host: "+host)
				if r.StatusCode != 200 || !strings.HasPrefix(r.header("Cache-Tag"), "acme/film,acme/film.") || s.last().Project != "acme" {
					t.Errorf("%s of %s: %s, tag %s", path, host, r.Status, r.header("Cache-Tag"))
				}
				same := path == initPath || path == mediaPath
				if bytes.Equal(r.body, own.body) != same || path == segmentPath && !bytes.HasSuffix(r.body, []byte("acmeacme")) {
					t.Errorf("%s of %s is that of the other project", path, host)
				}
			}
			if r := s.visit("GET", "http://acme.test"+path, "Host: origin.test"); !strings.HasPrefix(r.header("Cache-Tag"), "acme/") {
				t.Errorf("the host of the target does not count: tag %s", r.header("Cache-Tag"))
			}
			if r := s.visit("GET", "http://origin.test"+path, "Host: acme.test"); strings.HasPrefix(r.header("Cache-Tag"), "acme/") {
				t.Errorf("the host of the target does not count: tag %s", r.header("Cache-Tag"))
			}
		}
	}
	library.change(func() { delete(library.assets, "acme/film") })
	s.table.Flush()
	if r := s.visit("GET", segmentPath, "Host: acme.test"); r.StatusCode != 404 {
		t.Errorf("gone: %s", r.Status)
	}
}

// TestSharing_NamedOrigins lets only the pages that a project names read its answers, whatever these are.
func TestSharing_NamedOrigins(t *testing.T) {
	g, s := newMatrixSite(t)
	g.rules.Projects[0].Origins = []string{"https://www.acme.example"}
	g.swap()
	token, session := "?token="+g.playAuthOf("acme", nil), g.sessionOf("acme", "film", &auth.Claims{}, nil)
	for target, status := range map[string]int{
		masterPath: 403, masterPath + token: 302, session + masterPath: 200, session + segmentPath: 200, session + initPath: 200,
		"/nothing": 404, "/v/film/seg=x/hls/master.m3u8": 400, decisionPath: 400,
	} {
		for origin, want := range map[string]string{"https://www.acme.example": "https://www.acme.example", "https://evil.test": "", "null": "", "": ""} {
			r := s.visit("GET", target, "Host: acme.test", "Origin: "+origin)
			credentials := ""
			if want != "" {
				credentials = "true"
			}
			if r.StatusCode != status || r.header("Access-Control-Allow-Origin") != want || r.header("Timing-Allow-Origin") != want ||
				r.header("Access-Control-Allow-Credentials") != credentials || len(r.Header["Vary"]) != 1 || !strings.Contains(r.header("Vary"), "Origin") {
				t.Errorf("%s for %s: %s, %v", target, origin, r.Status, r.Header)
			}
			if r := s.visit("OPTIONS", target, "Host: acme.test", "Origin: "+origin); r.header("Access-Control-Allow-Origin") != want || r.StatusCode != 204 {
				t.Errorf("preflight of %s for %s: %s, %v", target, origin, r.Status, r.Header)
			}
			if r := s.visit("POST", target, "Host: acme.test", "Origin: "+origin, "Content-Length: 0"); r.header("Access-Control-Allow-Origin") != want || r.StatusCode != 405 {
				t.Errorf("POST to %s for %s: %s, %v", target, origin, r.Status, r.Header)
			}
		}
	}
	checkSharing(t, s.visit("GET", masterPath, "Origin: https://evil.test")) // another project names none
}

// TestDecision holds what a network in front relies on.
func TestDecision(t *testing.T) {
	g, s := newMatrixSite(t)
	session := g.session(nil)
	yes := s.decide(session + segmentPath + "?CMCD=bs")
	if yes.StatusCode != 204 || yes.header("Cache-Control") != "max-age=2" || len(yes.body) != 0 || len(yes.header("Vary")) > 128 {
		t.Errorf("%s, %v", yes.Status, yes.Header) // nginx keeps nothing with a longer Vary
	}
	for _, name := range []string{"X-Original-URI", "Host", "X-Forwarded-For", "Authorization", "CTA-Common-Access-Token", "Cookie", "Referer", "Origin", "User-Agent"} {
		if !strings.Contains(yes.header("Vary"), name) {
			t.Errorf("Vary lacks %s", name)
		}
	}
	checkSharing(t, yes)
	if rec := s.last(); rec.Route != decisionRoute || rec.AssetID != "film" {
		t.Errorf("record %+v", rec)
	}
	for target, want := range map[string]int{
		"https://cdn.test" + session + segmentPath: 204,
		session + segmentPath + "#t=1":             403,
		"//" + session + segmentPath:               403,
		"cdn.test" + session + segmentPath:         403,
		decisionPath:                               403,
		"/v/film/seg=x/hls/master.m3u8":            403,
		"/" + strings.Repeat("A", 3000):            403,
		"*":                                        403,
	} {
		r := s.decide(target)
		if r.StatusCode != want {
			t.Errorf("%.80s: %s", target, r.Status)
		}
		if want == 403 {
			checkForbidden(t, r, target)
		}
	}
	for name, headers := range map[string][]string{
		"none": nil, "empty": {originalURIHeader + ":"},
		"two": {originalURIHeader + ": " + session + segmentPath, originalURIHeader + ": " + masterPath},
	} {
		if r := s.visit("GET", decisionPath+"?x=y", headers...); r.StatusCode != 400 || s.last().Route != decisionRoute {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
	fail(s.table.library.(*storage), ErrUnavailable)
	s.table.Flush()
	if r := s.decide(session + segmentPath); r.StatusCode != 503 {
		t.Errorf("storage out of reach: %s", r.Status)
	}
}
