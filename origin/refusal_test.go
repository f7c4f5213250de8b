package origin

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/auth/jws"
	"headwater/auth/urlsign"
)

// TestHandler_BadTokens shows bad credentials by every way that carries them, and bad sessions: one answer for all.
func TestHandler_BadTokens(t *testing.T) {
	g, s := newMatrixSite(t)
	token, session := g.playAuth(nil), strings.TrimPrefix(g.session(nil), sessionPrefix)
	header, rest, _ := strings.Cut(token, ".")
	key := g.key("", auth.UsePlayAuth)
	forge := func(alg, kid, typ string) string {
		signed, err := jws.Sign(jws.HS256, kid, typ, jws.HMAC(key.Secret), []byte(`{"sub":"film","iat":1,"exp":9999999999}`))
		if err != nil {
			t.Fatal(err)
		}
		if alg == "" {
			return signed
		}
		_, rest, _ := strings.Cut(signed, ".")
		return tokenText(`{"alg":"`+alg+`","typ":"`+typ+`","kid":"`+kid+`"}`) + "." + rest
	}
	tokens := map[string]string{
		"wrong signature":    token[:len(token)-4] + "AAAA",
		"truncated":          token[:len(token)-1],
		"two parts":          token[:strings.LastIndexByte(token, '.')],
		"no signature":       token[:strings.LastIndexByte(token, '.')+1],
		"longer":             token + "A",
		"padded":             token + "=",
		"stray bits":         token[:len(token)-1] + "_",
		"another header":     tokenText(`{"alg":"HS256","typ":"playauth","kid":"nobody"}`) + "." + rest,
		"too long a life":    forge("", key.ID, "playauth"),
		"algorithm none":     forge("none", key.ID, "playauth"),
		"algorithm RS256":    forge("RS256", key.ID, "playauth"),
		"of another type":    forge("", key.ID, "at+jwt"),
		"key id of a path":   forge("HS256", "../../../etc/passwd", "playauth"),
		"key id of SQL":      forge("HS256", "x' OR 1=1 --", "playauth"),
		"key of another use": forge("HS256", g.key("", auth.UseSession).ID, "playauth"),
		"percent-encoded":    strings.ReplaceAll(token, ".", "%2E"),
		"double-encoded":     strings.ReplaceAll(token, ".", "%252E"),
		"unicode":            "пропуск." + rest,
		"full-width dot":     header + "．" + rest,
		"oversized":          strings.Repeat("A", auth.MaxToken) + "." + rest,
		"dots":               "...",
		"CBOR":               "2D3RhEOhAQU",
	}
	want := s.visit("GET", masterPath)
	checkForbidden(t, want, "nothing")
	check := func(name, target string, headers ...string) {
		t.Helper()
		checkSame(t, name, s.visit("GET", target, headers...), want)
		checkForbidden(t, s.decide(target, headers...), name)
	}
	for name, token := range tokens {
		check(name+" in the query", masterPath+"?token="+token)
		check(name+" in the path", "/s/"+token+masterPath)
		check(name+" in the path of a segment", "/s/"+token+segmentPath)
		check(name+" as bearer", masterPath, "Authorization: Bearer "+token)
		check(name+" in a header", masterPath, "CTA-Common-Access-Token: "+token)
		check(name+" as cookie", masterPath, "Cookie: headwater="+token)
	}
	for name, token := range map[string]string{
		"truncated":     session[:len(session)-1],
		"longer":        session + "A",
		"padded":        session + "=",
		"another case":  strings.ToLower(session),
		"tampered":      session[:10] + "A" + session[11:],
		"encoded":       "%41" + session[1:],
		"not base64url": strings.Repeat("!", len(session)),
		"oversized":     strings.Repeat("A", 4096),
		"a dot":         ".",
		"two dots":      "..",
	} {
		check("session "+name, "/s/"+token+segmentPath)
		check("session "+name, "/s/"+token+masterPath)
	}
	for name, target := range map[string]string{
		"empty token":       masterPath + "?token=",
		"token and CAT":     masterPath + "?token=" + token + "&CAT=" + token,
		"encoded name":      masterPath + "?to%6Ben=" + token,
		"other name":        masterPath + "?Token=" + token,
		"unsigned segment":  segmentPath + "?token=" + token,
		"signature twice":   g.sign(urlsign.A, masterPath) + "&auth_key=1-0-0-x",
		"signature garbage": masterPath + "?auth_key=x",
		"signature expired": g.signAt(urlsign.F, masterPath, time.Now().Add(-time.Hour), 0),
		"signed preview":    strings.Replace(g.signAt(urlsign.A, segmentPath, time.Now(), 4), "end=4", "end=9", 1),
		"unknown asset":     "/v/nothing/hls/master.m3u8",
		"asset not playing": "/v/future/hls/master.m3u8",
	} {
		check(name, target)
	}
}

func tokenText(header string) string { return base64.RawURLEncoding.EncodeToString([]byte(header)) }

// checkSame demands the same answer but for the date and the id of the request.
func checkSame(t *testing.T, name string, r, want *reply) {
	t.Helper()
	plain := func(h http.Header) http.Header {
		h = h.Clone()
		h.Del("Date")
		h.Del("X-Request-Id")
		return h
	}
	if r.StatusCode != want.StatusCode || !bytes.Equal(r.body, want.body) ||
		!maps.EqualFunc(plain(r.Header), plain(want.Header), slices.Equal[[]string]) {
		t.Errorf("%s: %s %q %v\nwant %s %q %v", name, r.Status, r.body, r.Header, want.Status, want.body, want.Header)
	}
}

// TestHandler_BadPaths asks for what is no path: it is not taken for another, whatever is shown.
func TestHandler_BadPaths(t *testing.T) {
	g, s := newMatrixSite(t)
	session := g.session(nil)
	want := s.visit("GET", "/nothing")
	if want.StatusCode != 404 || string(want.body) != publicNotFound+"\n" {
		t.Fatalf("%s %q", want.Status, want.body)
	}
	for _, target := range []string{
		"/", "/s", "/s/", "/s//", "/s/x", session, session + "/", "/s/" + masterPath, "/s//v/open/hls/master.m3u8",
		session + session + masterPath, session + "/s//v/film/hls/master.m3u8", session + "/" + masterPath,
		"/S" + session[2:] + masterPath, session + "/../v/film/hls/master.m3u8", session + "/%2e%2e" + masterPath,
		"/v/film/../open/hls/master.m3u8", "/v/film%2Fhls/master.m3u8", "/v/film/hls%252Fmaster.m3u8", "/v/FILM/hls/master.m3u8",
		"/v/acme/film/hls/master.m3u8", "/v/acme%2Ffilm/hls/master.m3u8", "/v/фильм/hls/master.m3u8", "/v/ﬁlm/hls/master.m3u8",
		"/v/film/hls/master.m3u8/", "//v/film/hls/master.m3u8", "/v//film/hls/master.m3u8", "/v/film/hls/master.m3u8%00",
		"/v/film/hls/master.m3u8%0d%0aX-Evil:%201", "/v/film\\hls\\master.m3u8", "/v/film;x=1/hls/master.m3u8",
		g.sign(urlsign.B, session+masterPath), session + g.sign(urlsign.B, masterPath), session + g.sign(urlsign.C, masterPath),
		"/auth/", "/auth/x", "/AUTH",
	} {
		checkSame(t, target, s.visit("GET", target), want)
		checkForbidden(t, s.decide(target), target)
	}
}

// TestHandler_SyntaxFirst: options that are not understood are the fault of who asks, whatever is shown, and say nothing of
// what there is.
func TestHandler_SyntaxFirst(t *testing.T) {
	g, s := newMatrixSite(t)
	texts := map[string]bool{}
	for _, prefix := range []string{"", "/s/x", g.session(nil)} {
		for _, asset := range []string{"film", "nothing", "draft"} {
			r := s.visit("GET", prefix+"/v/"+asset+"/seg=x/hls/master.m3u8")
			if texts[string(r.body)] = true; r.StatusCode != 400 {
				t.Errorf("%s, %s: %s", prefix, asset, r.Status)
			}
			checkSharing(t, r)
		}
	}
	if len(texts) != 1 {
		t.Errorf("texts %v", texts)
	}
}

// TestHandler_RefusesBeforeItReads: who shows nothing, or nothing good, makes nothing be read.
func TestHandler_RefusesBeforeItReads(t *testing.T) {
	g := newWarden(t, "default_policy: shut\npolicies: [{name: shut, access: protected}]")
	library := newStorage(newFilm(t, "film", 1, ""))
	s := g.serve(library, library)
	for _, asset := range []string{"film", "nothing"} {
		for _, resource := range []string{"/hls/master.m3u8", "/hls/v720.m3u8", "/cmaf1/v720/6s1/1.m4s"} {
			path := "/v/" + asset + resource
			for _, target := range []string{path, path + "?token=x.y.z", "/s/x" + path, path + "?auth_key=1-0-0-x"} {
				checkForbidden(t, s.visit("GET", target), target)
				checkForbidden(t, s.decide(target), target)
			}
		}
	}
	if n := library.count("asset film") + library.count("asset nothing"); n != 0 {
		t.Errorf("read %d times", n)
	}
	checkForbidden(t, s.visit("GET", "/v/nothing/hls/master.m3u8?token="+g.jwt()), "an asset that there is not")
	if library.count("asset nothing") != 1 || s.last().ErrKind != auth.NoAsset.Error() {
		t.Errorf("read %d times, kind %s", library.count("asset nothing"), s.last().ErrKind)
	}
}

// TestHandler_Conceals: an asset that does not play looks like one that there is not, in a project whose assets are
// hidden, whatever the asset's own policy; where all may know which there are it is not found.
func TestHandler_Conceals(t *testing.T) {
	g, s := newMatrixSite(t)
	library := s.table.library.(*storage)
	library.change(func() {
		library.assets["open"] = Asset{Visibility: Draft, Generation: 1, Policy: "open"}
		library.assets["shut"] = Asset{Visibility: Draft, Generation: 1, Policy: "shut"}
	})
	unknown := s.visit("GET", "/v/nothing/hls/master.m3u8")
	checkForbidden(t, unknown, "unknown")
	for _, asset := range []string{"open", "shut", "film"} {
		checkSame(t, asset, s.visit("GET", "/v/"+asset+"/hls/master.m3u8"), unknown)
	}
	s.table.Flush()
	g.rules.DefaultPolicy = "open"
	g.swap()
	missing := s.visit("GET", "/v/nothing/hls/master.m3u8")
	if missing.StatusCode != 404 || s.last().ErrKind != "not_found" {
		t.Errorf("unknown in the open: %s, %s", missing.Status, s.last().ErrKind)
	}
	checkSame(t, "draft", s.visit("GET", "/v/open/hls/master.m3u8"), missing)
	if kind := s.last().ErrKind; kind != auth.NotPublished.Error() {
		t.Errorf("kind %s", kind)
	}
	checkSame(t, "protected draft", s.visit("GET", "/v/shut/hls/master.m3u8"), unknown)
}

// TestHandler_NoRules answers nobody before there are rules.
func TestHandler_NoRules(t *testing.T) {
	u := newSetup(testConfig())
	var err error
	if u.engine, err = auth.NewEngine(auth.NewLocalCoordinator(time.Now), nil); err != nil {
		t.Fatal(err)
	}
	library := newStorage(newFilm(t, "film", 1, ""))
	s := u.serve(t, library, library)
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
		for _, target := range []string{masterPath, segmentPath, "/s/x" + segmentPath, decisionPath} {
			r := s.do(method, target)
			if r.StatusCode != 503 || r.header("Retry-After") == "" || s.last().ErrKind != auth.NoRules.Error() {
				t.Errorf("%s %s: %s", method, target, r.Status)
			}
			checkSharing(t, r)
		}
	}
	if n := library.count("asset film"); n != 0 {
		t.Errorf("read %d times", n)
	}
}
