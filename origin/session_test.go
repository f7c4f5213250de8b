package origin

import (
	"bytes"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/auth/urlsign"
	"headwater/packager"
)

// uriAttribute finds the URLs of a playlist or an MPD that do not stand on lines of their own.
var uriAttribute = regexp.MustCompile(`(?:URI|sourceURL|media|initialization)="([^"]+)"`)

// listed returns the URLs that a manifest lists, resolved.
func listed(tb testing.TB, base *url.URL, manifest []byte) (urls []*url.URL) {
	tb.Helper()
	var texts []string
	for _, match := range uriAttribute.FindAllSubmatch(manifest, -1) {
		texts = append(texts, strings.ReplaceAll(string(match[1]), "&amp;", "&"))
	}
	if bytes.HasPrefix(manifest, []byte("#EXTM3U")) {
		for line := range strings.Lines(string(manifest)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				texts = append(texts, line)
			}
		}
	}
	for _, text := range texts {
		if !strings.Contains(text, "$") { // no template
			u, err := base.Parse(text)
			if err != nil {
				tb.Fatal(err)
			}
			urls = append(urls, u)
		}
	}
	return urls
}

// player plays as viewers do: it follows redirects and asks for all that is listed.
type player struct {
	*site
	headers []string
	played  map[string][]byte // by the path below sessions, without the query
}

// play plays all that a URL leads to.
func (p *player) play(target string) {
	p.tb.Helper()
	if p.played == nil {
		p.played = map[string][]byte{}
	}
	base, err := url.Parse(target)
	if err != nil {
		p.tb.Fatal(err)
	}
	r := p.visit("GET", base.RequestURI(), p.headers...)
	if r.StatusCode == 302 {
		if base, err = base.Parse(r.header("Location")); err != nil {
			p.tb.Fatal(err)
		}
		r = p.visit("GET", base.RequestURI(), p.headers...)
	}
	if r.StatusCode != 200 {
		p.tb.Fatalf("%s: %s (%v)", target, r.Status, p.last().Err)
	}
	p.played[belowSession(base.Path)] = r.body
	if strings.HasSuffix(base.Path, ".m3u8") || strings.HasSuffix(base.Path, ".mpd") {
		for _, u := range listed(p.tb, base, r.body) {
			if _, known := p.played[belowSession(u.Path)]; !known {
				p.play(u.String())
			}
		}
	}
}

func belowSession(path string) string { return path[strings.Index(path, viewerPrefix):] }

// segments returns which media were played, sorted.
func (p *player) segments() (paths []string) {
	for path := range maps.Keys(p.played) {
		if strings.Contains(path, "/cmaf1/") {
			paths = append(paths, strings.TrimPrefix(path, "/v/film/cmaf1/"))
		}
	}
	slices.Sort(paths)
	return paths
}

// TestSession_Play exchanges each form of credential for a session and plays all that is listed, byte for byte.
func TestSession_Play(t *testing.T) {
	g, s := newMatrixSite(t)
	film := newFilm(t, "film", 1, "")
	token := g.playAuth(nil)
	for name, start := range map[string]string{
		"query":          masterPath + "?token=" + token,
		"path":           "/s/" + token + masterPath,
		"options":        "/v/film/lang=en+fr/hls/master.m3u8?token=" + token,
		"signed, type A": g.sign(urlsign.A, masterPath),
		"signed, type B": g.sign(urlsign.B, masterPath),
		"signed, type C": g.sign(urlsign.C, masterPath),
		"signed, type F": g.sign(urlsign.F, masterPath),
		"JWT":            masterPath + "?token=" + g.jwt(),
		"CAT":            masterPath + "?CAT=" + g.cat(),
		"absolute":       "http://origin.test" + masterPath + "?token=" + token,
	} {
		p := player{site: s}
		p.play(start)
		if n := len(p.segments()); n != 12 { // 4 tracks of an init segment and 2 segments
			t.Errorf("%s: %d media: %q", name, n, p.segments())
		}
		for track := range film.files {
			for number := 1; number <= 2; number++ {
				path := "/v/film/cmaf1/" + string(track) + "/6s1/" + strconv.Itoa(number) + ".m4s"
				if !bytes.Equal(p.played[path], film.segment(track, number)) {
					t.Errorf("%s: %s differs", name, path)
				}
			}
		}
	}
}

// TestSession_Location: the redirect leads into the session from every depth, whatever stands before the path, and holds
// nothing that was sent but what was understood.
func TestSession_Location(t *testing.T) {
	g, s := newMatrixSite(t)
	token := g.playAuth(nil)
	for _, target := range []string{
		masterPath + "?token=" + token + "&x=//evil.test", mpdPath + "?token=" + token, "/s/" + token + mpdPath,
		"/v/film/maxheight=360,seg=2/hls/master.m3u8?token=" + token, "http://acme.evil" + masterPath + "?token=" + token,
		g.sign(urlsign.A, masterPath), g.sign(urlsign.B, masterPath), g.sign(urlsign.C, "/v/film/lang=en/dash/manifest.mpd"),
	} {
		r := s.visit("GET", target)
		location := r.header("Location")
		if r.StatusCode != 302 || r.header("Cache-Control") != cachePrivate || len(r.body) != 0 || r.header("Content-Length") != "0" {
			t.Errorf("%s: %s %v", target, r.Status, r.Header)
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(target, "http://acme.evil"), "?")
		base, err := url.Parse("https://cdn.test/mount/point" + path)
		if err != nil {
			t.Fatal(err)
		}
		resolved, err := base.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		inside, ok := strings.CutPrefix(resolved.String(), "https://cdn.test/mount/point/s/")
		session, rest, _ := strings.Cut(inside, "/")
		if !ok || "/"+rest != belowSession(path) || strings.Trim(session, base64Alphabet) != "" {
			t.Errorf("%s: %s is %s", target, location, resolved)
		}
		if r := s.visit("GET", "/s/"+inside); r.StatusCode != 200 {
			t.Errorf("%s: in the session: %s", target, r.Status)
		}
	}
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// TestSession_Limits plays under limits, and asks in the session for what lies beyond.
func TestSession_Limits(t *testing.T) {
	g, s := newMatrixSite(t)
	f := func(name string, change func(*auth.Claims), start string, want []string, beyond ...string) {
		t.Helper()
		token := g.playAuth(change)
		p := player{site: s}
		p.play(start + "?token=" + token)
		if got := p.segments(); !slices.Equal(got, want) {
			t.Errorf("%s: played %q, want %q", name, got, want)
		}
		base, _ := url.Parse(start)
		location, _ := base.Parse(s.visit("GET", start+"?token="+token).header("Location"))
		session := location.Path[:strings.Index(location.Path, viewerPrefix)]
		for _, path := range beyond {
			r := s.visit("GET", session+"/v/film/"+path)
			if r.StatusCode != 404 || string(r.body) != publicNotFound+"\n" || r.header("Cache-Control") != cacheNotStored {
				t.Errorf("%s: %s: %s, %v", name, path, r.Status, r.Header)
			}
			if kind := s.last().ErrKind; kind != auth.OutsideLimits.Error() {
				t.Errorf("%s: %s: kind %s", name, path, kind)
			}
			checkDecision(t, s, 404, session+"/v/film/"+path)
		}
		if r := s.visit("HEAD", start+"?token="+token); r.StatusCode != 200 || r.header("Cache-Control") != cachePrivate {
			t.Errorf("%s: HEAD: %s", name, r.Status)
		}
		checkDecision(t, s, 302, start+"?token="+token)
	}
	f("height", func(c *auth.Claims) { c.MaxHeight = 360; c.Tracks = []string{"a-en", "v720", "v360"} }, masterPath,
		[]string{"a-en/6s1/1.m4s", "a-en/6s1/2.m4s", "a-en/init.mp4", "v360/6s1/1.m4s", "v360/6s1/2.m4s", "v360/init.mp4"},
		"hls/master.m3u8", "dash/manifest.mpd", "hls/v720.m3u8", "cmaf1/v720/init.mp4", "cmaf1/v720/6s1/1.m4s", "cmaf1/a-fr/6s1/1.m4s",
		"maxheight=360/hls/master.m3u8", "maxheight=720,tracks=a-en+v360+v720/hls/master.m3u8", "hls/v360.m3u8")
	f("preview", func(c *auth.Claims) { c.PreviewSeconds = 4; c.Tracks = []string{"a-fr", "v720"} }, "/v/film/seg=2/hls/master.m3u8",
		[]string{"a-fr/2s1/1.m4s", "a-fr/2s1/2.m4s", "a-fr/init.mp4", "v720/2s1/1.m4s", "v720/2s1/2.m4s", "v720/init.mp4"},
		"cmaf1/v720/2s1/3.m4s", "cmaf1/v720/6s1/2.m4s", "cmaf1/v720/10s1/1.m4s", "preview=5,seg=2,tracks=a-fr+v720/hls/master.m3u8")
	f("preview to the end of a segment", func(c *auth.Claims) { c.PreviewSeconds = 7; c.Tracks = []string{"v720"} }, masterPath,
		[]string{"v720/6s1/1.m4s", "v720/6s1/2.m4s", "v720/init.mp4"})
	f("longer than the film", func(c *auth.Claims) { c.PreviewSeconds = 86400; c.Tracks = []string{"v360"} }, masterPath,
		[]string{"v360/6s1/1.m4s", "v360/6s1/2.m4s", "v360/init.mp4"})
}

// TestSession_ImpossibleLimits names tracks that no session can hold, and only such that there are not.
func TestSession_ImpossibleLimits(t *testing.T) {
	g, s := newMatrixSite(t)
	long := strings.Repeat("a", 60)
	many := g.playAuth(func(c *auth.Claims) { c.Tracks = []string{"1" + long, "2" + long, "3" + long, "4" + long} })
	checkForbidden(t, s.visit("GET", masterPath+"?token="+many), "many tracks")
	other := g.playAuth(func(c *auth.Claims) { c.Tracks, c.Once, c.ID = []string{"other"}, true, "other" })
	for range 2 {
		r := s.visit("GET", masterPath+"?token="+other)
		if r.StatusCode != 404 || r.header("Cache-Control") != cacheNotStored {
			t.Errorf("%s, %v (%v)", r.Status, r.Header, s.last().Err)
		}
	}
}

// TestSession_RetainedGenerations: a viewer goes on with the tracks of an earlier generation, under the same limits.
func TestSession_RetainedGenerations(t *testing.T) {
	g, s := newMatrixSite(t)
	session := g.limited("maxheight=360,preview=4")
	s.table.library.(*storage).publish(newFilm(t, "film", 2, "new-"))
	s.table.Flush()
	for path, want := range map[string]int{
		"cmaf1/v360/6s1/1.m4s": 200, "cmaf1/new-v360/6s1/1.m4s": 200, "maxheight=360,preview=4/hls/new-v360.m3u8": 200,
		"cmaf1/v720/6s1/1.m4s": 404, "cmaf1/new-v720/6s1/1.m4s": 404, "cmaf1/v360/6s1/2.m4s": 404, "hls/new-v360.m3u8": 404,
	} {
		if r := s.visit("GET", session+"/v/film/"+path); r.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, r.Status, want)
		}
	}
}

// TestSession_Once: what is for one use is used by the exchange, not by looking.
func TestSession_Once(t *testing.T) {
	g, s := newMatrixSite(t)
	target := masterPath + "?token=" + g.playAuth(func(c *auth.Claims) { c.Once, c.ID = true, "once" })
	for range 3 {
		if r := s.visit("HEAD", target); r.StatusCode != 200 {
			t.Errorf("HEAD: %s", r.Status)
		}
		checkDecision(t, s, 302, target)
	}
	if r := s.visit("GET", target); r.StatusCode != 302 {
		t.Errorf("first: %s", r.Status)
	}
	checkForbidden(t, s.visit("GET", target), "second")
	if kind := s.last().ErrKind; kind != auth.AlreadyUsed.Error() {
		t.Errorf("kind %s", kind)
	}
}

// TestSession_Revoked plays, and stops when any of what the session is for is revoked.
func TestSession_Revoked(t *testing.T) {
	for kind, value := range map[auth.RevocationKind]string{
		auth.RevokeToken: "token", auth.RevokeUser: "user", auth.RevokeAsset: "film", auth.RevokeKey: "playauth-1",
	} {
		g, s := newMatrixSite(t)
		token := g.playAuth(func(c *auth.Claims) { c.ID, c.Issued = "token", time.Now().Add(-10*time.Second) })
		r := s.visit("GET", "/s/"+token+masterPath)
		base, _ := url.Parse("/s/" + token + masterPath)
		entry, err := base.Parse(r.header("Location"))
		if err != nil {
			t.Fatal(err)
		}
		session := strings.TrimSuffix(entry.Path, masterPath)
		ask := func(want int) {
			t.Helper()
			for _, path := range []string{masterPath, mediaPath, mpdPath, initPath, segmentPath} {
				if r := s.visit("GET", session+path); r.StatusCode != want {
					t.Errorf("%s: %s: %s, want %d", kind, path, r.Status, want)
				}
				checkDecision(t, s, want, session+path)
			}
		}
		ask(200)
		g.revoke(kind, value)
		ask(403)
		checkForbidden(t, s.visit("GET", "/s/"+token+masterPath), "the credential")
	}
}

// TestSigned_Children: each URL that a manifest lists is signed, is answered as it is, and is worth nothing for another.
func TestSigned_Children(t *testing.T) {
	g, s := newMatrixSite(t)
	g.setRules("default_policy: cdn\npolicies: [{name: cdn, access: protected, sign_children: true}]")
	start := func(path string, change func(*auth.Claims)) string { return path + "?token=" + g.playAuth(change) }
	for name, c := range map[string]struct {
		start string
		media int
	}{
		"HLS":          {start(masterPath, nil), 12},
		"HLS, signed":  {g.sign(urlsign.C, masterPath), 12},
		"DASH":         {start(mpdPath, nil), 12},
		"HLS, limits":  {start(masterPath, func(c *auth.Claims) { c.MaxHeight, c.PreviewSeconds = 360, 4 }), 6},
		"DASH, limits": {start(mpdPath, func(c *auth.Claims) { c.MaxHeight, c.PreviewSeconds = 360, 4 }), 6},
		"preview":      {g.signAt(urlsign.A, masterPath, time.Now(), 4), 8},
		"session":      {g.session(nil) + masterPath, 12},
	} {
		p := player{site: s}
		p.play(c.start)
		if n := len(p.segments()); n != c.media {
			t.Errorf("%s: %d media: %q", name, n, p.segments())
		}
		r := s.visit("GET", c.start)
		if r.header("Cache-Control") != cachePrivate || r.header("ETag") != "" {
			t.Errorf("%s: %v", name, r.Header)
		}
	}
	checkForbidden(t, s.visit("GET", segmentPath), "unsigned segment")
	for _, u := range listed(t, &url.URL{Path: masterPath}, s.visit("GET", start(masterPath, nil)).body) {
		checkForbidden(t, s.visit("GET", initPath+"?"+u.RawQuery), "the signature of another path")
	}
}

// TestSigned_ChildrenExpire: nobody gets more time by asking on, and what is for one use is used.
func TestSigned_ChildrenExpire(t *testing.T) {
	g, s := newMatrixSite(t)
	g.setRules("default_policy: cdn\npolicies: [{name: cdn, access: protected, sign_children: true, session: {life: 1h}}]")
	until := func(target string) time.Time {
		t.Helper()
		r := s.visit("GET", target)
		urls := listed(t, &url.URL{Path: masterPath}, r.body)
		if r.StatusCode != 200 || len(urls) == 0 {
			t.Fatalf("%s: %s", target, r.Status)
		}
		stamp, _, _ := strings.Cut(urls[0].Query().Get("auth_key"), "-")
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.Unix(seconds, 0).Add(urlsign.NewDefaultScheme().Validity)
	}
	check := func(name string, got time.Time, want time.Duration) {
		t.Helper()
		if left := time.Until(got); left > want || left < want-time.Minute {
			t.Errorf("%s: %v are left, want %v", name, left, want)
		}
	}
	once := masterPath + "?token=" + g.playAuth(func(c *auth.Claims) { c.Once, c.ID = true, "once" })
	check("entry", until(once), time.Hour)
	checkForbidden(t, s.visit("GET", once), "once more")
	check("media playlist", until(g.signAt(urlsign.A, mediaPath, time.Now().Add(-20*time.Minute), 0)), 10*time.Minute)
	check("session", until(g.session(func(s *auth.Session) { s.Expires = s.Issued + 300 })+masterPath), 5*time.Minute)
	g.rules.Policies[0].Access = auth.Open
	g.swap()
	check("nothing shown", until(masterPath), time.Hour)
}

// TestSigned_Preview: the parameter of type A is a limit, and is signed.
func TestSigned_Preview(t *testing.T) {
	g, s := newMatrixSite(t)
	for path, want := range map[string]int{
		segmentPath: 200, "/v/film/cmaf1/v720/6s1/2.m4s": 404, "/v/film/preview=4/hls/v720.m3u8": 200, mediaPath: 404, masterPath: 302,
	} {
		target := g.signAt(urlsign.A, path, time.Now(), 4)
		if r := s.visit("GET", target); r.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, r.Status, want)
		}
		checkDecision(t, s, want, target)
	}
}

// TestDuration stays within what sessions can last.
func TestDuration(t *testing.T) {
	f := func(end packager.Ticks, timescale uint32, want time.Duration) {
		t.Helper()
		p := &packager.Presentation{Grid: packager.Grid{Timescale: packager.Timescale(timescale), Cuts: []packager.Ticks{0, end}}}
		if got := duration(p); got != want {
			t.Errorf("%d/%d: %v, want %v", end, timescale, got, want)
		}
	}
	f(10_000, 1000, 10*time.Second)
	f(1, 3, 333333333)
	f(1<<62, 1, auth.MaxSessionLife)
}
