package origin

import (
	"math"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/auth/urlsign"
	"headwater/origin/httpd"
	"headwater/packager"
)

// FuzzParseTarget: what is accepted is canonical, so it can be rebuilt byte for byte.
func FuzzParseTarget(f *testing.F) {
	for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath, "/v/film/ts1/v720+a-en/6s1/1.ts", "/v/film/audio=separate/hls-ts/master.m3u8", "/v/film/audio=separate/hls/master.m3u8", "/v/film/maxheight=360/download.mp4", onDemandPath, "/v/film/codecs=avc+hevc,lang=en,maxheight=720,seg=4/hls/master.m3u8",
		"/v/film/seg=6/hls/master.m3u8", "/v/film/lang=fr+en/dash/manifest.mpd", "/v//hls/master.m3u8", "/v/film/seg=4/cmaf1/v720/init.mp4", "/v/a/=/hls/x.m3u8"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, err := parseTarget(path, packager.ParseOptions)
		if err != nil {
			if status := classify(err).status; status != 400 && status != 404 {
				t.Errorf("%q: %v", path, err)
			}
			return
		}
		rebuilt := viewerPrefix + string(got.asset) + "/"
		if options := got.options.String(); options != "" {
			rebuilt += options + "/"
		}
		if rebuilt = string(got.resource.AppendPath([]byte(rebuilt))); rebuilt != path {
			t.Errorf("%q is taken for %q", path, rebuilt)
		}
	})
}

// FuzzCanonicalURL: what an error tells to use instead is accepted.
func FuzzCanonicalURL(f *testing.F) {
	for _, element := range []string{"seg=4,maxheight=360", "lang=fr+en", "seg=6", "codecs=hevc+avc,seg=4"} {
		f.Add(element)
	}
	f.Fuzz(func(t *testing.T, element string) {
		_, err := parseTarget("/v/film/"+element+"/hls/master.m3u8", packager.ParseOptions)
		wrong, ok := err.(*optionsError)
		if !ok || wrong.canonicalURL == "" {
			return
		}
		if _, err := parseTarget(wrong.canonicalURL, packager.ParseOptions); err != nil {
			t.Errorf("%q: %s: %v", element, wrong.canonicalURL, err)
		}
	})
}

// FuzzRange: what is sent lies inside, and Content-Range says where.
func FuzzRange(f *testing.F) {
	for _, value := range []string{"bytes=0-1", "bytes=5-", "bytes=-5", "bytes=-0", "bytes=9-99999999999999999999", "bytes=0-1,2-3", "bytes=,1-1,", "bytes=1-0"} {
		f.Add(value, int64(10))
	}
	f.Fuzz(func(t *testing.T, value string, size int64) {
		r, ok := parseRange(value)
		if !ok {
			return
		}
		if r.first < 0 || !r.suffix && (r.last < r.first) {
			t.Errorf("%q: %+v", value, r)
		}
		size = max(size&math.MaxInt64, 1)
		offset, length, ok := r.fit(size)
		if ok && (offset < 0 || length < 1 || offset > size-length) {
			t.Errorf("%q of %d: %d+%d", value, size, offset, length)
		}
	})
}

// FuzzIfNoneMatch: what matches has the tag in it, and a tag put in front of anything matches.
func FuzzIfNoneMatch(f *testing.F) {
	const etag = `"5f2a"`
	for _, list := range []string{etag, "W/" + etag, "*", `"x", "5f2a"`, `"x" "5f2a"`, `,,`, `"`} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		if matchesETag(list, etag, weak) && !strings.Contains(list, etag) && trimSpace(list) != "*" {
			t.Errorf("%q matches", list)
		}
		if matchesETag(list, etag, strong) && !matchesETag(list, etag, weak) {
			t.Errorf("%q matches strongly only", list)
		}
		if !matchesETag(etag+","+list, etag, strong) {
			t.Errorf("%q in front of %q does not match", etag, list)
		}
	})
}

// FuzzAcceptEncoding: gzip is sent only to who named it or said "*".
func FuzzAcceptEncoding(f *testing.F) {
	for _, value := range []string{"gzip", "gzip;q=0", "*", "identity;q=1,gzip;q=0.5", "br;q=1.0, *;q=0.1", ";;,,q"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if prefersGzip(value) && !strings.Contains(strings.ToLower(value), "gzip") && !strings.Contains(value, "*") {
			t.Errorf("%q", value)
		}
	})
}

// FuzzHandler sends whole requests through the handler: bad input never ends as our failure, and what is sent has the
// headers of every answer.
func FuzzHandler(f *testing.F) {
	for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath, "/v/film/ts1/v720+a-en/6s1/1.ts", "/v/film/hls-ts/v720+a-en.m3u8", "/v/film/download.mp4", onDemandPath, "/v/film/dash-ondemand/manifest.mpd", "/v/film/maxheight=360/hls/master.m3u8", "/v/film/seg=1,seg=2/dash/manifest.mpd", "*", "http://x/v/film"} {
		f.Add("GET", path, "bytes=0-1", `"x"`, `"x"`, "gzip;q=0.5")
		f.Add("HEAD", path+"?CMCD=bl%3D1", "bytes=-1", `*`, `W/"x"`, "*")
	}
	handler := newHandler(f, openEngine(f))
	f.Fuzz(func(t *testing.T, method, target, byteRange, ifRange, ifNoneMatch, acceptEncoding string) {
		var x httpd.Exchange
		x.Request.Header.SetMethod(method)
		x.Request.Header.SetRequestURI(target)
		x.Request.Header.Set("Range", byteRange)
		x.Request.Header.Set("If-Range", ifRange)
		x.Request.Header.Set("If-None-Match", ifNoneMatch)
		x.Request.Header.Set("Accept-Encoding", acceptEncoding)
		handler.Serve(t.Context(), &x)
		var out strings.Builder
		if _, err := x.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		head, body, _ := strings.Cut(out.String(), "\r\n\r\n")
		status := x.Status()
		if status >= 500 || status == 200 && !strings.Contains(target, "/v/film/") {
			t.Errorf("%s %q: %d (%v)", method, target, status, x.Record.Err)
		}
		if strings.Count(head, "\r\nAccess-Control-Allow-Origin: *") != 1 {
			t.Errorf("%s %q: %q", method, target, head)
		}
		if status == 206 && (body == "" || !strings.Contains(head, "\r\nContent-Range: ")) {
			t.Errorf("%s %q: empty part", method, target)
		}
	})
}

// FuzzHandler_Guarded shows whatever it likes to a handler that is guarded by keys which nobody knows: nothing is answered
// but refusals, none of which is our failure.
func FuzzHandler_Guarded(f *testing.F) {
	stranger := newWarden(f, "projects: [{name: acme, domains: [acme.test]}]")
	g := newWarden(f, "default_policy: shut\npolicies: [{name: shut, access: protected}]\nprojects: [{name: acme, domains: [acme.test]}]")
	g.keys = &auth.Keyring{}
	for use := auth.UsePlayAuth; use <= auth.UseCAT; use++ {
		var err error
		if g.keys, _, err = g.keys.Rotate("", use, time.Now().Add(-time.Hour), false); err != nil {
			f.Fatal(err)
		}
	}
	g.swap()
	handler := newHandler(f, g.engine)
	for _, token := range []string{stranger.playAuth(nil), stranger.jwt(), stranger.cat(), "x.y.z", ""} {
		for _, path := range []string{masterPath, "/v/film/maxheight=360/dash/manifest.mpd", segmentPath} {
			f.Add("GET", path+"?token="+token, "", "", "", "")
			f.Add("HEAD", "/s/"+token+path, "origin.test", "", "headwater="+token, "")
			f.Add("GET", "http://acme.test"+path, "acme.test:80", "Bearer "+token, "", "")
			f.Add("GET", decisionPath, "x", "", "", "https://cdn.test/s/"+token+path+"#x")
		}
	}
	for _, path := range []string{masterPath, mediaPath, segmentPath} {
		f.Add("GET", stranger.session(nil)+path, "", "", "", "")
		f.Add("GET", decisionPath+"?x", "", "", "", stranger.limited("preview=4")+path)
		for _, t := range []urlsign.Type{urlsign.A, urlsign.B, urlsign.C, urlsign.F} {
			f.Add("GET", stranger.sign(t, path), "", "", "", stranger.sign(t, path))
		}
	}
	f.Fuzz(func(t *testing.T, method, target, host, authorization, cookie, originalURI string) {
		var x httpd.Exchange
		x.Record.Start = time.Now()
		x.Request.Header.SetMethod(method)
		x.Request.Header.SetRequestURI(target)
		x.Request.Header.SetHost(host)
		x.Request.Header.Set("Authorization", authorization)
		x.Request.Header.Set("Cookie", cookie)
		x.Request.Header.Set(originalURIHeader, originalURI)
		handler.Serve(t.Context(), &x)
		var out strings.Builder
		if _, err := x.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		status, preflight := x.Status(), x.Record.Route == "preflight"
		if status >= 500 || status < 400 && !preflight || !strings.Contains(out.String(), "\r\nAccess-Control-Allow-Origin: *\r\n") {
			t.Errorf("%s %q: %d (%v)", method, target, status, x.Record.Err)
		}
		if status == 403 && !strings.Contains(out.String(), "\r\nCache-Control: no-store\r\n") {
			t.Errorf("%s %q: %q", method, target, out.String())
		}
	})
}
