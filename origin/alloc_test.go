//go:build !race

package origin

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/cache"
	"headwater/origin/httpd"
)

// warm is a keep-alive connection to a viewer listener on TCP that logs next to nothing. It allocates nothing itself.
type warm struct {
	tb       testing.TB
	conn     net.Conn
	response []byte
}

// warmSetup returns a setup to dial with listen.
func warmSetup(listen func(testing.TB, *httpd.Config) (net.Listener, func() (net.Conn, error))) setup {
	u := newSetup(testConfig())
	u.cache = cache.NewDefaultConfig()
	u.viewer.LogHitsEvery = 1 << 30
	u.listen = listen
	return u
}

func (u setup) dialWarm(tb testing.TB, library Library, source Source) *warm {
	tb.Helper()
	s := u.serve(tb, library, source)
	s.unobserved = true
	conn, err := s.dial()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	return &warm{tb, conn, make([]byte, 1<<20)}
}

// exchange sends a request, reads the response and returns its size.
func (w *warm) exchange(raw []byte) int {
	if _, err := w.conn.Write(raw); err != nil {
		w.tb.Fatal(err)
	}
	n, end := 0, -1
	for ; end < 0; end = bytes.Index(w.response[:n], []byte("\r\n\r\n")) {
		got, err := w.conn.Read(w.response[n:])
		if err != nil {
			w.tb.Fatal(err)
		}
		n += got
	}
	total := end + 4 + contentLength(w.response[:end])
	if _, err := io.ReadFull(w.conn, w.response[n:total]); err != nil {
		w.tb.Fatal(err)
	}
	return total
}

func contentLength(header []byte) (n int) {
	_, digits, _ := bytes.Cut(header, []byte("Content-Length: "))
	for len(digits) > 0 && digits[0] >= '0' && digits[0] <= '9' {
		n = 10*n + int(digits[0]-'0')
		digits = digits[1:]
	}
	return n
}

// hits are requests that need no work once they were answered.
var hits = map[string][]byte{
	"segment":          request(segmentPath),
	"segment, range":   request(segmentPath, "Range: bytes=100-199"),
	"transport":        request("/v/film/ts1/a-en/2s1/1.ts"), // one record of TLS
	"init segment":     request(initPath),
	"media playlist":   request(mediaPath, "Accept-Encoding: identity"),
	"gzipped playlist": request(mediaPath, "Accept-Encoding: gzip, deflate, br"),
	"filtered":         request("/v/film/lang=en,maxheight=360/hls/master.m3u8"),
	"multivariant":     request(masterPath),
	"MPD":              request(mpdPath),
	"not modified":     request(segmentPath, "If-None-Match: *"),
}

// warmConnections are ways to be served.
func warmConnections(tb testing.TB) map[string]*warm {
	tb.Helper()
	f := newFilm(tb, "film", 1, "")
	library, folder := newStorage(f), writeDisk(tb, f)
	return map[string]*warm{
		"file":        warmSetup(listenTCP).dialWarm(tb, library, folder),
		"memory":      warmSetup(listenTCP).dialWarm(tb, library, newStorage(f)),
		"memory, TLS": warmSetup(listenTLS).dialWarm(tb, library, folder),
	}
}

// tlsAllocations are those of crypto/tls for each record that is received: a reader of 24 bytes (readFromUntil). There is
// one at each end.
const tlsAllocations = 2

func TestHandler_HitsAllocateNothing(t *testing.T) {
	for name, w := range warmConnections(t) {
		allowed := 0.0
		if strings.Contains(name, "TLS") {
			allowed = tlsAllocations
		}
		for hit, raw := range hits {
			w.exchange(raw)
			// A pool that a collection has emptied is no allocation of the request.
			if n := testing.AllocsPerRun(200, func() { w.exchange(raw) }); n >= allowed+1 {
				t.Errorf("%s from %s: %v allocations", hit, name, n)
			}
		}
	}
}

// fullRules have every local rule, and sessions to be counted.
const fullRules = `
default_policy: full
policies:
- name: full
  access: protected
  referer: {allow: ["*.example.com"], deny: [evil.example.com]}
  address: {allow: [127.0.0.0/8], deny: [127.0.1.0/24]}
  user_agent: {deny: ["*bot*"]}
  country: {deny: [DE]}
  rate: {requests: 1000000, burst: 1000000}
  session: {per_user: 3}
  max_age: 1h
projects: [{name: acme, domains: ["*.acme.test"], origins: ["https://www.example.com"]}]
`

// guardedHits are hits in sessions: of the default project with limits and without, and of another project.
func guardedHits(g *warden) map[string][]byte {
	all := map[string][]byte{}
	viewer := []string{
		"Referer: https://www.example.com/watch", "Origin: https://www.example.com", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
		"Accept-Encoding: gzip",
	}
	add := func(name, session, options string, headers ...string) {
		headers = append(headers, viewer...)
		for kind, path := range map[string]string{
			"segment": "cmaf1/v360/6s1/1.m4s", "transport segment": "ts1/v360+a-en/6s1/1.ts", "init segment": "cmaf1/v360/init.mp4", "media playlist": options + "hls/v360.m3u8",
			"multivariant": options + "hls/master.m3u8", "MPD": options + "dash/manifest.mpd",
		} {
			all[kind+", "+name] = request(session+"/v/film/"+path, headers...)
		}
		all["decision, "+name] = request(decisionPath, append(headers, originalURIHeader+": "+session+"/v/film/cmaf1/v360/6s1/1.m4s")...)
	}
	user := &auth.Claims{User: "user", ID: "token", Client: netip.MustParsePrefix("127.0.0.0/8")}
	add("session", g.sessionOf("", "film", user, nil), "")
	add("limits", g.limited("maxheight=360,preview=4,tracks=a-en+v360"), "maxheight=360,preview=4,tracks=a-en+v360/")
	add("project", g.sessionOf("acme", "film", user, nil), "", "Host: www.acme.test")
	return all
}

// newGuardedWarden returns one with all rules and many revocations.
func newGuardedWarden(tb testing.TB) *warden {
	tb.Helper()
	g := newWarden(tb, fullRules)
	for i := range 1000 {
		for kind := auth.RevokeToken; kind <= auth.RevokeUser; kind++ {
			g.revoked = append(g.revoked, auth.Revocation{Kind: kind, Value: "gone" + strconv.Itoa(i), At: time.Now()})
		}
	}
	g.revoke(auth.RevokeAsset, "gone")
	return g
}

// guardedConnections are ways to be served by who asks for a session and judges all rules.
func guardedConnections(tb testing.TB, g *warden) map[string]*warm {
	tb.Helper()
	f := newFilm(tb, "film", 1, "")
	library, folder := newStorage(f, f.as("acme/film")), writeDisk(tb, f)
	u := warmSetup(listenTCP)
	u.engine = g.engine
	return map[string]*warm{"file": u.dialWarm(tb, library, folder), "memory": u.dialWarm(tb, library, newStorage(f))}
}

func TestHandler_GuardedHitsAllocateNothing(t *testing.T) {
	g := newGuardedWarden(t)
	hits := guardedHits(g)
	for name, w := range guardedConnections(t, g) {
		for hit, raw := range hits {
			w.exchange(raw)
			if status := w.response[9]; status != '2' {
				t.Fatalf("%s: %s", hit, w.response[:30])
			}
			if n := testing.AllocsPerRun(200, func() { w.exchange(raw) }); n >= 1 {
				t.Errorf("%s from %s: %v allocations", hit, name, n)
			}
		}
	}
}

func BenchmarkServer_Guarded(b *testing.B) {
	g := newGuardedWarden(b)
	hits := guardedHits(g)
	for name, w := range guardedConnections(b, g) {
		for hit, raw := range hits {
			b.Run(name+"/"+hit, func(b *testing.B) {
				b.SetBytes(int64(w.exchange(raw)))
				b.ReportAllocs()
				for b.Loop() {
					w.exchange(raw)
				}
			})
		}
	}
}

func BenchmarkServer_Hit(b *testing.B) {
	for name, w := range warmConnections(b) {
		for hit, raw := range hits {
			b.Run(name+"/"+hit, func(b *testing.B) {
				b.SetBytes(int64(w.exchange(raw)))
				b.ReportAllocs()
				for b.Loop() {
					w.exchange(raw)
				}
			})
		}
	}
}
