package origin

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/auth/urlsign"
	"headwater/packager"
)

// matrixRules have a protected default and a policy for each rule, with and without need of a credential.
const matrixRules = `
default_policy: shut
policies:
- {name: open, access: open}
- {name: shut, access: protected}
- {name: page, access: open, referer: {allow: [example.com]}}
- {name: page-shut, access: protected, referer: {allow: [example.com]}}
- {name: address, access: open, address: {deny: [198.51.100.0/24]}}
- {name: address-shut, access: protected, address: {deny: [198.51.100.0/24]}}
- {name: agent, access: open, user_agent: {deny: ["*bot*"]}}
- {name: agent-shut, access: protected, user_agent: {deny: ["*bot*"]}}
- {name: country, access: open, country: {allow: [DE]}}
- {name: country-shut, access: protected, country: {allow: [DE]}}
- {name: rate, access: open, rate: {requests: 1, per: 1h, burst: 1}}
- {name: rate-shut, access: protected, rate: {requests: 1, per: 1h, burst: 1}}
projects:
- {name: acme, domains: [acme.test]}
`

// matrixKind is a kind of URL, of an asset.
type matrixKind struct {
	method  string
	path    string
	headers []string
}

// matrixKinds are the columns of the matrices; in paths @ stands for the asset.
var matrixKinds = map[string]matrixKind{
	"master":    {"GET", "/v/@/hls/master.m3u8", nil},
	"head":      {"HEAD", "/v/@/hls/master.m3u8", nil},
	"mpd":       {"GET", "/v/@/dash/manifest.mpd", nil},
	"media":     {"GET", "/v/@/hls/v720.m3u8", nil},
	"iframes":   {"GET", "/v/@/hls/v720.iframes.m3u8", nil},
	"init":      {"GET", "/v/@/cmaf1/v720/init.mp4", nil},
	"segment":   {"GET", "/v/@/cmaf1/v720/6s1/1.m4s", nil},
	"range":     {"GET", "/v/@/cmaf1/v720/6s1/1.m4s", []string{"Range: bytes=0-99"}},
	"ts-master": {"GET", "/v/@/hls-ts/master.m3u8", nil},
	"ts-media":  {"GET", "/v/@/hls-ts/v720+a-en.m3u8", nil},
	"ts":        {"GET", "/v/@/ts1/v720+a-en/6s1/1.ts", nil},
	"br-master": {"GET", "/v/@/hls-byterange/master.m3u8", nil},
	"br-media":  {"GET", "/v/@/hls-byterange/v720.m3u8", nil},
	"od-mpd":    {"GET", "/v/@/dash-ondemand/manifest.mpd", nil},
	"file":      {"GET", "/v/@/ondemand1/v720.mp4", []string{"Range: bytes=0-9999"}},
	"download":  {"GET", "/v/@/download.mp4", nil},
	"no-track":  {"GET", "/v/@/hls/v999.m3u8", nil},
	"no-number": {"GET", "/v/@/cmaf1/v720/6s1/99.m4s", nil},
	"no-asset":  {"GET", "/v/nothing/hls/v720.m3u8", nil},
	"preflight": {"OPTIONS", "/v/@/hls/master.m3u8", []string{"Origin: https://example.com", "Access-Control-Request-Method: GET"}},
}

// matrix says with which status each kind of URL, a column, answers who shows something, a line.
const matrix = `
                   master head mpd media iframes init segment range ts-master ts-media ts br-master br-media od-mpd file download no-track no-number no-asset preflight
none               403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
query              302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
cat-query          302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
bearer             302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
header             302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
cookie             302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
path               302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
jwt                302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
jwt-path           302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
cat-path           302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
url-a              302    200  302 200   200     200  200     206   302       200      200 302       200      302    206  302      404      404       403      204
url-b              302    200  302 200   200     200  200     206   302       200      200 302       200      302    206  302      404      404       403      204
url-c              302    200  302 200   200     200  200     206   302       200      200 302       200      302    206  302      404      404       403      204
url-f              302    200  302 200   200     200  200     206   302       200      200 302       200      302    206  302      404      404       403      204
session            200    200  200 200   200     200  200     206   200       200      200 200       200      200    206  200      404      404       403      204
rotated-session    200    200  200 200   200     200  200     206   200       200      200 200       200      200    206  200      404      404       403      204
own-session        200    200  200 200   200     200  200     206   200       200      200 200       200      200    206  200      404      404       403      204
limited-session    404    404  404 404   404     404  404     404   404       404      404 404       404      404    404  404      404      404       403      204
tampered           403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
expired            403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
foreign            403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
other-asset        403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
other-client       403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
revoked            403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
two-tokens         403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
url-expired        403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
url-two            403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
url-of-other-path  403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
expired-session    403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
asset-session      403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
project-session    403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
client-session     403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
dropped-key        403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
token-revoked      403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
user-revoked       403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
session-revoked    403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
key-revoked        403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
asset-revoked      403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
link-of-draft      302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
draft-session      200    200  200 200   200     200  200     206   200       200      200 200       200      200    206  200      404      404       403      204
draft-of-blocked   200    200  200 200   200     200  200     206   200       200      200 200       200      200    206  200      404      404       403      204
session-of-draft   403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
session-of-blocked 403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
session-of-future  403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
session-of-past    403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
none-of-open       200    200  200 200   200     200  200     206   200       200      200 200       200      200    206  200      404      404       403      204
wrong-of-open      403    403  403 200   200     200  200     206   403       200      200 403       200      403    206  403      404      404       403      204
query-of-open      302    200  302 200   200     200  200     206   302       200      200 302       200      302    206  302      404      404       403      204
none-of-project    403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
own-project        302    200  302 403   403     403  403     403   302       403      403 302       403      302    403  302      403      403       403      204
other-project      403    403  403 403   403     403  403     403   403       403      403 403       403      403    403  403      403      403       403      204
`

// shows is what a viewer shows for a path: another target, and headers.
type shows func(path string) (target string, headers []string)

func inQuery(token string) shows {
	return func(path string) (string, []string) { return path + "?CMCD=bs&token=" + token, nil }
}

func inHeader(line string) shows {
	return func(path string) (string, []string) { return path, []string{line} }
}

func inPath(prefix string) shows {
	return func(path string) (string, []string) { return prefix + path, nil }
}

// assetOf returns the asset that a line of the matrix is about: film unless its name ends in another.
func assetOf(line string) string {
	for _, asset := range []string{"draft", "blocked", "future", "past", "open"} {
		if strings.HasSuffix(line, "-of-"+asset) {
			return asset
		}
	}
	switch line {
	case "draft-session":
		return "draft"
	case "asset-revoked":
		return "pulled"
	}
	return "film"
}

// matrixCredentials returns what is shown in each line.
func matrixCredentials(g *warden) map[string]shows {
	sessionOf := func(asset string, draft bool) shows {
		return inPath(g.sessionOf("", asset, &auth.Claims{Draft: draft}, nil))
	}
	claims := func(c auth.Claims) shows { return inPath(g.sessionOf("", "film", &c, nil)) }
	sign := func(t urlsign.Type) shows {
		return func(path string) (string, []string) { return g.sign(t, path), nil }
	}
	token := g.playAuth(nil)
	all := map[string]shows{
		"none":         func(path string) (string, []string) { return path, nil },
		"query":        inQuery(token),
		"cat-query":    func(path string) (string, []string) { return path + "?CAT=" + g.cat(), nil },
		"bearer":       inHeader("Authorization: bearer " + token),
		"header":       inHeader("CTA-Common-Access-Token: " + g.cat()),
		"cookie":       inHeader("Cookie: a=b; headwater=" + token),
		"path":         inPath("/s/" + token),
		"jwt":          inQuery(g.jwt()),
		"jwt-path":     inPath("/s/" + g.jwt()),
		"cat-path":     inPath("/s/" + g.cat()),
		"url-a":        sign(urlsign.A),
		"url-b":        sign(urlsign.B),
		"url-c":        sign(urlsign.C),
		"url-f":        sign(urlsign.F),
		"session":      inPath(g.session(nil)),
		"own-session":  claims(auth.Claims{Client: netip.MustParsePrefix(theClient + "/32")}),
		"two-tokens":   func(path string) (string, []string) { return path + "?token=" + token + "&token=" + token, nil },
		"tampered":     inQuery(token[:len(token)-2] + "AA"),
		"foreign":      inQuery(g.playAuthOf("acme", nil)),
		"other-asset":  inQuery(g.playAuth(func(c *auth.Claims) { c.Asset = "open" })),
		"other-client": inQuery(g.playAuth(func(c *auth.Claims) { c.Client = netip.MustParsePrefix("10.0.0.0/8") })),
		"expired": inQuery(g.playAuth(func(c *auth.Claims) {
			c.Issued = time.Now().Add(-time.Hour)
			c.Expires = c.Issued.Add(time.Minute)
		})),
		"url-expired": func(path string) (string, []string) {
			return g.signAt(urlsign.A, path, time.Now().Add(-31*time.Minute), 0), nil
		},
		"url-two": func(path string) (string, []string) { return g.sign(urlsign.B, g.sign(urlsign.A, path)), nil },
		"url-of-other-path": func(path string) (string, []string) {
			_, query, _ := strings.Cut(g.sign(urlsign.A, "/v/open"+path), "?")
			return path + "?" + query, nil
		},
		"expired-session": inPath(g.session(func(s *auth.Session) { s.Issued, s.Expires = s.Issued-100, s.Issued-10 })),
		"asset-session":   inPath(g.sessionOf("", "open", &auth.Claims{}, nil)),
		"project-session": inPath(g.sessionOf("acme", "film", &auth.Claims{}, nil)),
		"client-session":  claims(auth.Claims{Client: netip.MustParsePrefix("10.0.0.0/8")}),
		"user-revoked":    claims(auth.Claims{User: "gone", Issued: time.Now().Add(-time.Minute)}),
		"token-revoked":   claims(auth.Claims{ID: "gone"}),
		"revoked":         inQuery(g.playAuth(func(c *auth.Claims) { c.ID = "gone" })),
		"key-revoked":     claims(auth.Claims{KeyID: "gone-key"}),
		"session-revoked": inPath(g.session(func(s *auth.Session) { s.ID = 0xdead })),
		"asset-revoked":   inPath(g.sessionOf("", "pulled", &auth.Claims{Issued: time.Now().Add(-time.Minute)}, nil)),
		"limited-session": inPath(g.limited("tracks=a-en")),

		"link-of-draft":      inQuery(g.playAuth(func(c *auth.Claims) { c.Asset, c.Draft, c.ID = "draft", true, "link" })),
		"draft-session":      sessionOf("draft", true),
		"draft-of-blocked":   sessionOf("blocked", true),
		"session-of-draft":   sessionOf("draft", false),
		"session-of-blocked": sessionOf("blocked", false),
		"session-of-future":  sessionOf("future", false),
		"session-of-past":    sessionOf("past", false),
		"wrong-of-open":      inQuery("x.y.z"),
		"query-of-open":      inQuery(g.playAuth(func(c *auth.Claims) { c.Asset = "open" })),
		"none-of-project":    inHeader("Host: acme.test"),
		"own-project": func(path string) (string, []string) {
			return path + "?token=" + g.playAuthOf("acme", nil), []string{"Host: ACME.test:8080"}
		},
		"other-project": func(path string) (string, []string) { return path + "?token=" + token, []string{"Host: acme.test"} },
	}
	all["none-of-open"] = all["none"]
	g.rotate(all)
	return all
}

// rotate adds sessions of a key that is retired, and of one that has been dropped.
func (g *warden) rotate(all map[string]shows) {
	g.Helper()
	old := g.keys
	fresh, _, err := old.Rotate("", auth.UseSession, time.Now().Add(-time.Minute), false)
	if err != nil {
		g.Fatal(err)
	}
	g.keys = g.ring("stranger")
	g.keys, err = g.keys.Add(auth.Key{ID: "dropped", Use: auth.UseSession, Secret: make(auth.Secret, 32)}, time.Now().Add(-time.Hour), true)
	if err != nil {
		g.Fatal(err)
	}
	all["dropped-key"] = inPath(g.session(nil))
	g.keys = old
	all["rotated-session"] = inPath(g.session(nil))
	g.keys = fresh
	all["session"] = inPath(g.session(nil))
}

// newMatrixSite returns a site with an asset for each policy and state.
func newMatrixSite(t *testing.T) (*warden, *site) {
	t.Helper()
	g := newWarden(t, matrixRules)
	film := newFilm(t, "film", 1, "")
	library := newStorage(film, film.as("acme/film"))
	publish := func(asset string, change func(*Asset)) {
		library.publish(film.as(packager.AssetID(asset)))
		a := library.assets[packager.AssetID(asset)]
		change(&a)
		library.assets[packager.AssetID(asset)] = a
	}
	for i := range g.rules.Policies {
		publish(g.rules.Policies[i].Name, func(a *Asset) { a.Policy = g.rules.Policies[i].Name })
	}
	publish("pulled", func(*Asset) {})
	publish("draft", func(a *Asset) { a.Visibility = Draft })
	publish("blocked", func(a *Asset) { a.Visibility = Blocked })
	publish("future", func(a *Asset) { a.PublishAt = time.Now().Add(time.Hour) })
	publish("past", func(a *Asset) { a.ExpireAt = time.Now().Add(-time.Hour) })
	return g, g.serve(library, library)
}

// TestHandler_Matrix asks each kind of URL with each credential, and has the decisions agree.
func TestHandler_Matrix(t *testing.T) {
	g, s := newMatrixSite(t)
	credentials := matrixCredentials(g)
	g.revoke(auth.RevokeToken, "gone")
	g.revoke(auth.RevokeUser, "gone")
	g.revoke(auth.RevokeKey, "gone-key")
	g.revoke(auth.RevokeSession, auth.SessionID(0xdead).String())
	g.revoke(auth.RevokeAsset, "pulled")
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	columns := strings.Fields(lines[0])
	if len(columns) != len(matrixKinds) || len(lines)-1 != len(credentials) {
		t.Fatalf("%d columns of %d kinds, %d lines of %d credentials", len(columns), len(matrixKinds), len(lines)-1, len(credentials))
	}
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		for i, column := range columns {
			want, err := strconv.Atoi(cells[1+i])
			if err != nil {
				t.Fatal(err)
			}
			kind := matrixKinds[column]
			target, headers := credentials[cells[0]](strings.ReplaceAll(kind.path, "@", assetOf(cells[0])))
			headers = slices.Concat(headers, kind.headers)
			r := s.visit(kind.method, target, headers...)
			if r.StatusCode != want {
				t.Errorf("%s, %s: %s, want %d (%v)", cells[0], column, r.Status, want, s.last().Err)
			}
			checkSharing(t, r)
			if kind.method == "GET" {
				checkDecision(t, s, want, target, headers...)
			}
		}
	}
}

// TestHandler_Rules has each rule refuse and let pass each kind of URL, to who shows a session and to who need show
// nothing.
func TestHandler_Rules(t *testing.T) {
	g, s := newMatrixSite(t)
	for name, c := range map[string]struct{ good, bad string }{
		"page":    {"Referer: https://example.com/watch", "Referer: https://example.net/"},
		"address": {"X-Forwarded-For: 203.0.113.1", "X-Forwarded-For: 198.51.100.9"},
		"agent":   {"User-Agent: player", "User-Agent: a bot"},
		"country": {"X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 203.0.113.1"},
	} {
		for policy, prefix := range map[string]string{
			name: "", name + "-shut": g.sessionOf("", name+"-shut", &auth.Claims{}, nil),
		} {
			for kindName, kind := range matrixKinds {
				if kind.method != "GET" || strings.HasPrefix(kindName, "no-") {
					continue
				}
				target := prefix + strings.ReplaceAll(kind.path, "@", policy)
				ask := func(line string) *reply { return s.do("GET", target, append([]string{line}, kind.headers...)...) }
				if r := ask(c.good); r.StatusCode >= 300 {
					t.Errorf("%s: %s: %s", policy, kindName, r.Status)
				}
				checkForbidden(t, ask(c.bad), policy+": "+kindName)
				for line, want := range map[string]int{c.good: 204, c.bad: 403} {
					if r := s.do("GET", decisionPath, line, originalURIHeader+": "+target); r.StatusCode != want {
						t.Errorf("%s: decision on %s: %s, want %d", policy, kindName, r.Status, want)
					}
				}
			}
		}
	}
}

// TestHandler_Rate refuses who asks too often, each kind of URL alike.
func TestHandler_Rate(t *testing.T) {
	g, s := newMatrixSite(t)
	n := 0
	for policy, prefix := range map[string]string{"rate": "", "rate-shut": g.sessionOf("", "rate-shut", &auth.Claims{}, nil)} {
		for kindName, kind := range matrixKinds {
			if kind.method != "GET" || strings.HasPrefix(kindName, "no-") {
				continue
			}
			n++
			client := "X-Forwarded-For: 192.0.2." + strconv.Itoa(n)
			target := prefix + strings.ReplaceAll(kind.path, "@", policy)
			if r := s.do("GET", target, append(kind.headers, client)...); r.StatusCode >= 300 {
				t.Errorf("%s: %s: %s", policy, kindName, r.Status)
			}
			r := s.do("GET", target, append(kind.headers, client)...)
			if r.StatusCode != 429 || r.header("Cache-Control") != cacheNotStored || r.header("Retry-After") == "" {
				t.Errorf("%s: %s: %s, %v", policy, kindName, r.Status, r.Header)
			}
			checkSharing(t, r)
			checkForbidden(t, s.do("GET", decisionPath, client, originalURIHeader+": "+target), "decision")
			if rec := s.last(); rec.ErrKind != auth.RateExceeded.Error() {
				t.Errorf("kind %s", rec.ErrKind)
			}
		}
	}
}
