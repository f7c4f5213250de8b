package origin

import (
	"math"
	"strings"
	"testing"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// FuzzParseTarget: what is accepted is canonical, so it can be rebuilt byte for byte.
func FuzzParseTarget(f *testing.F) {
	for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath, "/v/film/codecs=avc+hevc,lang=en,maxheight=720,seg=4/hls/master.m3u8",
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
	for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath, "/v/film/maxheight=360/hls/master.m3u8", "/v/film/seg=1,seg=2/dash/manifest.mpd", "*", "http://x/v/film"} {
		f.Add("GET", path, "bytes=0-1", `"x"`, `"x"`, "gzip;q=0.5")
		f.Add("HEAD", path+"?CMCD=bl%3D1", "bytes=-1", `*`, `W/"x"`, "*")
	}
	movie := newFilm(f, "film", 1, "")
	storage := newStorage(movie)
	answers, err := cache.New(cache.NewDefaultConfig())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(answers.Close)
	table, err := NewTable(testConfig(), storage)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(table.Close)
	handler, err := New(testConfig(), table, storage, answers)
	if err != nil {
		f.Fatal(err)
	}
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
