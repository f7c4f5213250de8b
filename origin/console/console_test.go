package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"headwater/packager"
)

// library knows the assets that the tests ask for.
type library map[packager.AssetID]Asset

func (l library) Asset(_ context.Context, id packager.AssetID) (Asset, error) {
	switch id {
	case "broken":
		return Asset{}, errors.New("disk on fire at /secret/path")
	case "closed":
		return Asset{}, fmt.Errorf("%w: it is <damaged>", ErrClosed)
	}
	a, known := l[id]
	if !known {
		return Asset{}, ErrNoAsset
	}
	return a, nil
}

var testLibrary = library{
	"film":  {Title: `<b>"Film" & more</b>`, Playable: true},
	"plain": {Playable: true},
	"slow":  {Status: "encoding, 42 %"},
	"blank": {},

	"shop/film": {Playable: true},
}

var builtFiles = fstest.MapFS{
	"watch.js":           {Data: []byte(strings.Repeat("play();", 100))},
	"watch.css":          {Data: []byte("body{}")},
	"chunk-hls-ABCD.js":  {Data: []byte("export{}")},
	"unbuilt.html":       {Data: []byte("not served")},
	"nested/watch.js":    {Data: []byte("not served")},
	".gitignore":         {Data: []byte("*")},
	"watch.js.unknown":   {Data: []byte("not served")},
	"chunk-icon-EFGH.js": {Data: []byte("export{}")},
}

func testHandler(t *testing.T, cfg Config, files fstest.MapFS) http.Handler {
	t.Helper()
	b, err := newBundle(files)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Library = testLibrary
	return newHandler(cfg, b)
}

// request asks h for target at host media.example:8081 and returns the answer with its body.
func request(t *testing.T, h http.Handler, method, target string, header http.Header) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Host = "media.example:8081"
	for name, values := range header {
		r.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	answer := recorder.Result()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestWatchPage(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, builtFiles)
	answer, body := request(t, h, http.MethodGet, "/watch/film", nil)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("answer %d %v", answer.StatusCode, answer.Header)
	}
	for _, want := range []string{
		`data-hls="http://media.example:8080/v/film/hls/master.m3u8"`,
		`data-dash="http://media.example:8080/v/film/dash/manifest.mpd"`,
		`href="http://media.example:8080/v/film/download.mp4"`,
		`<label for="url-6">HLS, MPEG-TS</label>`,
		`value="http://media.example:8080/v/film/hls-ts/master.m3u8"`,
		`value="http://media.example:8080/v/film/dash-ondemand/manifest.mpd"`,
		`&lt;b&gt;&#34;Film&#34; &amp; more&lt;/b&gt;`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	if strings.Contains(body, "<b>") {
		t.Error("the title is not escaped")
	}
}

func TestWatchPageWithoutTitleIsNamedByItsAsset(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, builtFiles)
	_, body := request(t, h, http.MethodGet, "/watch/plain", nil)
	if !strings.Contains(body, "<h1>plain</h1>") {
		t.Errorf("page %s", body)
	}
}

func TestWatchPageOfAProject(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, builtFiles)
	_, body := request(t, h, http.MethodGet, "/watch/shop/film", nil)
	for _, want := range []string{"<h1>shop/film</h1>", `data-hls="http://media.example:8080/v/film/hls/master.m3u8"`} {
		if !strings.Contains(body, want) {
			t.Errorf("page lacks %s:\n%s", want, body)
		}
	}
}

func TestPolicyNamesTheViewerAndNothingElse(t *testing.T) {
	h := testHandler(t, Config{ViewerURL: &url.URL{Scheme: "https", Host: "video.example", Path: "/base"}}, builtFiles)
	answer, body := request(t, h, http.MethodGet, "/watch/film", nil)
	const want = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"connect-src 'self' https://video.example; media-src 'self' blob: https://video.example; worker-src 'self' blob:"
	if got := answer.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy %s\n  want %s", got, want)
	}
	if !strings.Contains(body, "https://video.example/base/v/film/hls/master.m3u8") {
		t.Error("the configured viewer URL is not used")
	}
	if strings.Contains(body, "<style") || strings.Contains(body, "style=") || strings.Contains(body, "<script>") {
		t.Error("the page holds what its policy forbids")
	}
}

func TestPagesThatDoNotPlay(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, builtFiles)
	f := func(target string, header http.Header, status int, phrase string) {
		t.Helper()
		answer, body := request(t, h, http.MethodGet, target, header)
		if answer.StatusCode != status || !strings.Contains(body, phrase) {
			t.Errorf("%s: %d, want %d with %q in\n%s", target, answer.StatusCode, status, phrase, body)
		}
		if strings.Contains(body, "secret") || strings.Contains(body, "<script") {
			t.Errorf("%s: the page tells too much:\n%s", target, body)
		}
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'self'; ") || strings.Contains(policy, "connect-src") {
			t.Errorf("%s: policy %q", target, policy)
		}
	}
	f("/watch/unknown", nil, http.StatusNotFound, "There is no asset unknown")
	f("/watch/slow", nil, http.StatusOK, "It is encoding, 42 %.")
	f("/watch/blank", nil, http.StatusOK, "Asset blank has no published generation.")
	f("/watch/broken", nil, http.StatusInternalServerError, "server&#39;s log")
	f("/watch/closed", nil, http.StatusServiceUnavailable, "the catalogue is not open: it is &lt;damaged&gt;.")
	f("/watch/Film", nil, http.StatusBadRequest, "&#34;Film&#34;")
	f("/watch/%3Cscript%3E", nil, http.StatusBadRequest, "&lt;script&gt;")
	f("/watch/film", http.Header{"Host": {"evil.example; script-src *"}}, http.StatusBadRequest, "Unknown host")
}

func TestUnbuiltBinarySaysHowToBuildThePage(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, fstest.MapFS{"unbuilt.html": {Data: []byte("x")}})
	answer, body := request(t, h, http.MethodGet, "/watch/film", nil)
	if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "make web build") {
		t.Errorf("answer %d %s", answer.StatusCode, body)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, builtFiles)
	for _, target := range []string{"/watch/film", "/watch/unknown", "/console/watch.js"} {
		head, body := request(t, h, http.MethodHead, target, nil)
		get, _ := request(t, h, http.MethodGet, target, nil)
		if body != "" || head.StatusCode != get.StatusCode || head.Header.Get("Content-Length") != get.Header.Get("Content-Length") {
			t.Errorf("%s: HEAD %d %v with %q, GET %d %v", target, head.StatusCode, head.Header, body, get.StatusCode, get.Header)
		}
	}
}

func TestOtherMethodsAndPaths(t *testing.T) {
	h := testHandler(t, Config{ViewerPort: 8080}, builtFiles)
	f := func(method, target string, status int) {
		t.Helper()
		if answer, _ := request(t, h, method, target, nil); answer.StatusCode != status {
			t.Errorf("%s %s: %d, want %d", method, target, answer.StatusCode, status)
		}
	}
	f(http.MethodPost, "/watch/film", http.StatusMethodNotAllowed)
	f(http.MethodDelete, "/console/watch.js", http.StatusMethodNotAllowed)
	f(http.MethodGet, "/watch/", http.StatusNotFound)
	f(http.MethodGet, "/watch/film/more", http.StatusNotFound)
	f(http.MethodGet, "/console/", http.StatusNotFound)
	f(http.MethodGet, "/console/nested/watch.js", http.StatusNotFound)
}

func TestEmbeddedBundleLoads(t *testing.T) {
	h := Handler(Config{Library: testLibrary, ViewerPort: 8080})
	answer, _ := request(t, h, http.MethodGet, "/watch/film", nil)
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answer %d", answer.StatusCode)
	}
}
