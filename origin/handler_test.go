package origin

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"headwater/packager"
	"headwater/packager/dash"
	"headwater/packager/hls"
)

const (
	masterPath  = "/v/film/hls/master.m3u8"
	mediaPath   = "/v/film/hls/v720.m3u8"
	mpdPath     = "/v/film/dash/manifest.mpd"
	initPath    = "/v/film/cmaf1/v720/init.mp4"
	segmentPath = "/v/film/cmaf1/v720/6s1/1.m4s"
)

func TestHandler_Resources(t *testing.T) {
	f := newFilm(t, "film", 3, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	master, _ := hls.AppendMaster(nil, f.Presentation, packager.HLSMaster, optionsOf(""), nil)
	low, _ := hls.AppendMaster(nil, f.Presentation, packager.HLSMaster, optionsOf("maxheight=360,seg=2"), nil)
	media, _ := hls.AppendMedia(nil, f.Presentation, packager.Resource{Kind: packager.HLSMedia, Track: "v720"}, optionsOf(""), nil)
	mpd, _ := dash.AppendManifest(nil, f.Presentation, packager.DASHManifest, optionsOf(""), nil)

	check := func(path, wantType, wantCache, wantRoute string, want []byte) {
		t.Helper()
		r := s.do("GET", path)
		if r.StatusCode != 200 || !bytes.Equal(r.body, want) {
			t.Errorf("%s: %s, %d bytes, want %d", path, r.Status, len(r.body), len(want))
		}
		if r.header("Content-Type") != wantType || r.header("Cache-Control") != wantCache {
			t.Errorf("%s: %s; %s", path, r.header("Content-Type"), r.header("Cache-Control"))
		}
		if r.header("Cache-Tag") != "film,film.3" || r.header("Content-Length") != strconv.Itoa(len(want)) {
			t.Errorf("%s: tag %s, length %s", path, r.header("Cache-Tag"), r.header("Content-Length"))
		}
		if r.header("ETag") == "" || r.header("Accept-Ranges") != "bytes" || r.header("Server") != "" || r.header("Date") == "" {
			t.Errorf("%s: headers %v", path, r.Header)
		}
		checkSharing(t, r)
		if rec := s.last(); rec.Route != wantRoute || rec.AssetID != "film" || rec.Generation != 3 || rec.Status != 200 || rec.Bytes != int64(len(want)) {
			t.Errorf("%s: record %+v", path, rec)
		}
	}
	check(masterPath, "application/vnd.apple.mpegurl", cacheEntry, "hls_master", master)
	check("/v/film/maxheight=360,seg=2/hls/master.m3u8", "application/vnd.apple.mpegurl", cacheEntry, "hls_master", low)
	check(mediaPath, "application/vnd.apple.mpegurl", cacheMedia, "hls_media", media)
	check(mpdPath, "application/dash+xml", cacheEntry, "dash_manifest", mpd)
	check(initPath, "video/mp4", cacheForever, "init", f.Track("v720").Init)
	check("/v/film/cmaf1/a-en/init.mp4", "audio/mp4", cacheForever, "init", f.Track("a-en").Init)
	check(segmentPath, "video/iso.segment", cacheForever, "segment", f.segment("v720", 1))
	check("/v/film/cmaf1/a-fr/6s1/2.m4s", "audio/mp4", cacheForever, "segment", f.segment("a-fr", 2))
	check(segmentPath+"?token=secret&CMCD=x%2F..%2F", "video/iso.segment", cacheForever, "segment", f.segment("v720", 1))
	check("http://other.test"+segmentPath, "video/iso.segment", cacheForever, "segment", f.segment("v720", 1))
}

// checkSharing demands what every answer has, whatever its status.
func checkSharing(t *testing.T, r *reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Timing-Allow-Origin": "*", "X-Content-Type-Options": "nosniff",
	} {
		if r.header(name) != want {
			t.Errorf("%s: %s is %q", r.Status, name, r.header(name))
		}
	}
	if !strings.Contains(r.header("Access-Control-Expose-Headers"), "Content-Range") || r.header("X-Request-Id") == "" {
		t.Errorf("%s: headers %v", r.Status, r.Header)
	}
}

func TestHandler_Semantics(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	whole := f.segment("v720", 1)
	size := len(whole)
	etag := s.do("HEAD", segmentPath).header("ETag")
	part := func(first, last int) string { return fmt.Sprintf("bytes %d-%d/%d", first, last, size) }
	outside := fmt.Sprintf("bytes */%d", size)

	type want struct {
		status       int
		body         []byte
		contentRange string
	}
	full := want{200, whole, ""}
	notModified := want{304, nil, ""}
	for name, c := range map[string]struct {
		headers []string
		want    want
	}{
		"plain":                     {nil, full},
		"none match":                {[]string{"If-None-Match: " + etag}, notModified},
		"none match weak":           {[]string{"If-None-Match: W/" + etag}, notModified},
		"none match list":           {[]string{`If-None-Match: "x", W/"y" ,` + etag}, notModified},
		"none match two lines":      {[]string{`If-None-Match: "x"`, `If-None-Match: ` + etag}, notModified},
		"none match star":           {[]string{"If-None-Match: *"}, notModified},
		"none match other":          {[]string{`If-None-Match: "x"`}, full},
		"none match unquoted":       {[]string{"If-None-Match: " + strings.Trim(etag, `"`)}, full},
		"none match before range":   {[]string{"If-None-Match: " + etag, "Range: bytes=0-1"}, notModified},
		"match":                     {[]string{"If-Match: " + etag}, full},
		"match star":                {[]string{"If-Match: *"}, full},
		"match other":               {[]string{`If-Match: "x"`}, want{412, []byte("precondition failed\n"), ""}},
		"match is strong":           {[]string{"If-Match: W/" + etag}, want{412, []byte("precondition failed\n"), ""}},
		"date is ignored":           {[]string{"If-Modified-Since: Sun, 06 Nov 2094 08:49:37 GMT"}, full},
		"range":                     {[]string{"Range: bytes=10-19"}, want{206, whole[10:20], part(10, 19)}},
		"range open":                {[]string{"Range: bytes=100-"}, want{206, whole[100:], part(100, size-1)}},
		"range from 0":              {[]string{"Range: bytes=0-"}, want{206, whole, part(0, size-1)}},
		"range past the end":        {[]string{"Range: bytes=100-99999999"}, want{206, whole[100:], part(100, size-1)}},
		"range one byte":            {[]string{"Range: bytes=0-0"}, want{206, whole[:1], part(0, 0)}},
		"range last byte":           {[]string{fmt.Sprintf("Range: bytes=%d-%d", size-1, size-1)}, want{206, whole[size-1:], part(size-1, size-1)}},
		"range suffix":              {[]string{"Range: bytes=-7"}, want{206, whole[size-7:], part(size-7, size-1)}},
		"range long suffix":         {[]string{"Range: bytes=-99999999"}, want{206, whole, part(0, size-1)}},
		"range unit in capitals":    {[]string{"Range: BYTES=1-2"}, want{206, whole[1:3], part(1, 2)}},
		"range with empty elements": {[]string{"Range: bytes=, 1-2 ,"}, want{206, whole[1:3], part(1, 2)}},
		"range outside":             {[]string{fmt.Sprintf("Range: bytes=%d-", size)}, want{416, []byte("range not satisfiable\n"), outside}},
		"range far outside":         {[]string{"Range: bytes=99999999999999999999-"}, want{416, []byte("range not satisfiable\n"), outside}},
		"range empty suffix":        {[]string{"Range: bytes=-0"}, want{416, []byte("range not satisfiable\n"), outside}},
		"ranges":                    {[]string{"Range: bytes=0-1,4-5"}, full},
		"range backwards":           {[]string{"Range: bytes=5-4"}, full},
		"range of another unit":     {[]string{"Range: seconds=0-1"}, full},
		"range malformed":           {[]string{"Range: bytes=a-b"}, full},
		"range signed":              {[]string{"Range: bytes=+1-2"}, full},
		"range if tag":              {[]string{"Range: bytes=1-2", "If-Range: " + etag}, want{206, whole[1:3], part(1, 2)}},
		"range if other tag":        {[]string{"Range: bytes=1-2", `If-Range: "x"`}, full},
		"range if weak tag":         {[]string{"Range: bytes=1-2", "If-Range: W/" + etag}, full},
		"range if date":             {[]string{"Range: bytes=1-2", "If-Range: Sun, 06 Nov 2094 08:49:37 GMT"}, full},
		"gzip is not for media":     {[]string{"Accept-Encoding: gzip"}, full},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.do("GET", segmentPath, c.headers...)
			if r.StatusCode != c.want.status || r.header("Content-Range") != c.want.contentRange {
				t.Errorf("%s, Content-Range %q", r.Status, r.header("Content-Range"))
			}
			if !bytes.Equal(r.body, c.want.body) {
				t.Errorf("%d bytes, want %d", len(r.body), len(c.want.body))
			}
			checkSharing(t, r)
			switch {
			case r.StatusCode < 400 && (r.header("ETag") != etag || r.header("Cache-Control") != cacheForever):
				t.Errorf("ETag %s, Cache-Control %s", r.header("ETag"), r.header("Cache-Control"))
			case r.StatusCode >= 400 && r.header("Cache-Control") != cacheNotStored:
				t.Errorf("Cache-Control %s", r.header("Cache-Control"))
			case r.StatusCode == 304 && r.header("Content-Type")+r.header("Content-Length") != "":
				t.Errorf("headers of content: %v", r.Header)
			}
		})
	}
}

func TestHandler_HeadDoesNoWork(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	s := serve(t, testConfig(), storage, storage)
	for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath} {
		head := s.do("HEAD", path, "Range: bytes=0-1")
		if head.StatusCode != 200 || len(head.body) != 0 {
			t.Errorf("%s: %s with %d bytes", path, head.Status, len(head.body))
		}
		if fills := s.cache.Stats().Misses; fills != 0 {
			t.Errorf("%s: %d fills", path, fills)
		}
		get := s.do("GET", path)
		for _, name := range []string{"ETag", "Content-Type", "Cache-Control", "Cache-Tag", "Vary", "Accept-Ranges"} {
			if head.header(name) != get.header(name) {
				t.Errorf("%s: %s is %q, for GET %q", path, name, head.header(name), get.header(name))
			}
		}
		if strings.Contains(path, "cmaf1") && head.header("Content-Length") != get.header("Content-Length") {
			t.Errorf("%s: length %q, for GET %q", path, head.header("Content-Length"), get.header("Content-Length"))
		}
		s = serve(t, testConfig(), storage, storage)
	}
}

func TestHandler_Gzip(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	for _, path := range []string{masterPath, mediaPath, mpdPath} {
		plain, zipped := s.do("GET", path), s.do("GET", path, "Accept-Encoding: gzip, deflate, br")
		if plain.header("Content-Encoding") != "" || zipped.header("Content-Encoding") != "gzip" {
			t.Errorf("%s: encodings %q and %q", path, plain.header("Content-Encoding"), zipped.header("Content-Encoding"))
		}
		if plain.header("Vary") != "Accept-Encoding" || zipped.header("Vary") != "Accept-Encoding" {
			t.Errorf("%s: Vary %q and %q", path, plain.header("Vary"), zipped.header("Vary"))
		}
		if plain.header("ETag") == zipped.header("ETag") {
			t.Errorf("%s: both have ETag %s", path, plain.header("ETag"))
		}
		reader, err := gzip.NewReader(bytes.NewReader(zipped.body))
		if err != nil {
			t.Fatal(err)
		}
		if unzipped, err := io.ReadAll(reader); err != nil || !bytes.Equal(unzipped, plain.body) {
			t.Errorf("%s: unzips to other bytes: %v", path, err)
		}
		if r := s.do("GET", path, "Accept-Encoding: gzip", "If-None-Match: "+zipped.header("ETag")); r.StatusCode != 304 || r.header("Vary") == "" {
			t.Errorf("%s: %s", path, r.Status)
		}
		if r := s.do("GET", path, "If-None-Match: "+zipped.header("ETag")); r.StatusCode != 200 {
			t.Errorf("%s: the tag of gzip matches the plain bytes: %s", path, r.Status)
		}
		if r := s.do("GET", path, "Range: bytes=-5"); r.StatusCode != 206 || !bytes.Equal(r.body, plain.body[len(plain.body)-5:]) {
			t.Errorf("%s: %s %q", path, r.Status, r.body)
		}
		if r := s.do("GET", path, "Range: bytes=9999999-"); r.StatusCode != 416 || r.header("Content-Encoding") != "" || r.header("ETag") != "" {
			t.Errorf("%s: %s %v", path, r.Status, r.Header)
		}
	}
}

func TestHandler_Methods(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"} {
		r := s.do(method, segmentPath)
		if r.StatusCode != 405 || r.header("Allow") != "GET, HEAD, OPTIONS" || string(r.body) != "method not allowed\n" {
			t.Errorf("%s: %s, Allow %q, %q", method, r.Status, r.header("Allow"), r.body)
		}
		checkSharing(t, r)
	}
	for _, path := range []string{segmentPath, "/v/none/hls/master.m3u8", "/", "*"} {
		r := s.do("OPTIONS", path, "Origin: https://page.test", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: range")
		if r.StatusCode != 204 || len(r.body) != 0 || r.header("Access-Control-Allow-Methods") != "GET, HEAD, OPTIONS" ||
			!strings.Contains(r.header("Access-Control-Allow-Headers"), "Range") || r.header("Access-Control-Max-Age") != "86400" {
			t.Errorf("OPTIONS %s: %s %v", path, r.Status, r.Header)
		}
		checkSharing(t, r)
	}
}

func TestHandler_NoSuchThing(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	for kind, paths := range map[string][]string{
		"not_found":  {"/v/none/hls/master.m3u8", "/v/none/cmaf1/v720/6s1/1.m4s"},
		"no_track":   {"/v/film/hls/none.m3u8", "/v/film/cmaf1/none/init.mp4", "/v/film/cmaf1/none/6s1/1.m4s", "/v/film/maxheight=360/hls/v720.m3u8", "/v/film/lang=de/hls/master.m3u8", "/v/film/maxheight=100/dash/manifest.mpd"},
		"no_segment": {"/v/film/cmaf1/v720/6s1/3.m4s", "/v/film/cmaf1/v720/6s1/999999999.m4s"},
		"path": {"/", "/v", "/v/", "/v/film", "/v/film/", "/v//hls/master.m3u8", "//v/film/hls/master.m3u8", "/v/film//hls/master.m3u8",
			"/v/film/hls//master.m3u8", "/v/film/hls/master.m3u8/", "/v/film/hls/./master.m3u8", "/v/film/hls/../hls/master.m3u8",
			"/v/x/../film/hls/master.m3u8", "/v/film/hls/%6daster.m3u8", "/v/film%2Fhls/master.m3u8", "/%76/film/hls/master.m3u8",
			"/v/FILM/hls/master.m3u8", "/v/film/HLS/master.m3u8", "/v/film/hls/master.m3u8%00", "/v/film/hls/master.m3u8;x=1",
			"/v/film\\hls/master.m3u8", "/v/fïlm/hls/master.m3u8", "/v/film/cmaf1/v720/6s1/01.m4s", "/v/film/cmaf1/v720/6s1/0.m4s",
			"/v/film/cmaf1/v720/6s1/-1.m4s", "/v/film/cmaf1/v720/6s1/1.M4S", "/v/film/cmaf1/v720/6s2/1.m4s", "/v/film/cmaf1/v720/06s1/1.m4s",
			"/v/film/cmaf1/v720/21s1/1.m4s", "/v/film/seg=4/cmaf1/v720/4s1/1.m4s", "/v/film/seg=4/cmaf1/v720/init.mp4", "/v/film/seg=4/",
			"/v/film/seg/hls/master.m3u8", "/v/film/seg%3D4/hls/master.m3u8", "/v/film/seg=4/seg=4/hls/master.m3u8", "/v/" + strings.Repeat("a", 65) + "/hls/master.m3u8",
			"/v/film/" + strings.Repeat("a", 4000), "http://origin.test", "http://origin.test?/v/film/hls/master.m3u8"},
	} {
		for _, path := range paths {
			r := s.do("GET", path)
			if r.StatusCode != 404 || string(r.body) != "not found\n" || r.header("Cache-Control") != "max-age=5" || r.header("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("%s: %s %q %s", path, r.Status, r.body, r.header("Cache-Control"))
			}
			if rec := s.last(); rec.ErrKind != kind {
				t.Errorf("%s: kind %s, want %s (%v)", path, rec.ErrKind, kind, rec.Err)
			}
			checkSharing(t, r)
			if head := s.do("HEAD", path); head.StatusCode != 404 {
				t.Errorf("HEAD %s: %s", path, head.Status)
			}
		}
	}
}

func TestHandler_BytesOutsideOfURLs(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	for _, target := range []string{"/v/film/hls/master.m3u8\x00", "/v/film\x00/hls/master.m3u8", "/v/\xff\xfe/hls/master.m3u8", "/v/film/seg=\x7f/hls/master.m3u8", "v/film/hls/master.m3u8", "#/v/film/hls/master.m3u8", "/v/film/hls/master.m3u8#x"} {
		r := s.do("GET", target)
		if r.StatusCode != 404 && r.StatusCode != 400 {
			t.Errorf("%q: %s", target, r.Status)
		}
		checkSharing(t, r)
	}
}

func TestHandler_WrongOptions(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	s := serve(t, testConfig(), newStorage(f), newStorage(f))
	check := func(element string, wantInText ...string) {
		t.Helper()
		r := s.do("GET", "/v/film/"+element+"/hls/master.m3u8")
		if r.StatusCode != 400 || r.header("Cache-Control") != "max-age=5" || bytes.Count(r.body, []byte("\n")) != 1 {
			t.Errorf("%s: %s %q", element, r.Status, r.body)
		}
		for _, text := range wantInText {
			if !strings.Contains(string(r.body), text) {
				t.Errorf("%s: %q does not say %q", element, r.body, text)
			}
		}
		checkSharing(t, r)
	}
	check("seg=0", `"seg"`)
	check("seg=21", `"seg"`, "1 to 20")
	check("size=4", `"size"`, "unknown")
	check("seg=4,seg=5", `"seg"`, "twice")
	check("codecs=divx", `"codecs"`)
	check("seg=4,maxheight=360", "use /v/film/maxheight=360,seg=4/hls/master.m3u8")
	check("seg=6", "use /v/film/hls/master.m3u8")
	check("lang=fr+en", "use /v/film/lang=en+fr/hls/master.m3u8")
	check("lang=%3Cscript%3E", `"lang"`)
	check("lang="+strings.Repeat("a", 1024), "longer")
	check("maxheight=360,", "key=value")
	// Syntax comes before the asset.
	if r := s.do("GET", "/v/none/seg=0/hls/master.m3u8"); r.StatusCode != 400 {
		t.Errorf("of an unknown asset: %s", r.Status)
	}
}
