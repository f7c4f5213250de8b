package origin

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"headwater/auth"
	"headwater/auth/jws"
	"headwater/auth/rule"
	"headwater/auth/urlsign"
)

// warden is an engine whose rules, keys and revocations a test may change. It has keys of every use for the default
// project and the project acme.
type warden struct {
	testing.TB
	engine  *auth.Engine
	rules   auth.Rules
	keys    *auth.Keyring
	revoked []auth.Revocation
}

// newWarden returns one with rules as they are written in documents.
func newWarden(tb testing.TB, rules string) *warden {
	tb.Helper()
	g := &warden{TB: tb}
	var err error
	if g.engine, err = auth.NewEngine(auth.NewLocalCoordinator(time.Now), nil); err != nil {
		tb.Fatal(err)
	}
	if rules != "" {
		g.keys = g.ring("", "acme")
	}
	g.setRules(rules)
	return g
}

// ring returns one with a key of each use for each project, which are an hour old.
func (g *warden) ring(projects ...string) *auth.Keyring {
	g.Helper()
	var keys []auth.Key
	for _, project := range projects {
		for use := auth.UsePlayAuth; use <= auth.UseCAT; use++ {
			k := auth.Key{
				Project: project, ID: use.String() + "-1", Use: use, Created: time.Now().Add(-time.Hour),
				Secret: auth.Secret(strings.Repeat(project+use.String(), 32)[:32]),
			}
			if use >= auth.UseJWT {
				k.Algorithm = jws.HS256
			}
			keys = append(keys, k)
		}
	}
	ring, err := auth.NewKeyring(keys)
	if err != nil {
		g.Fatal(err)
	}
	return ring
}

func (g *warden) setRules(text string) {
	g.Helper()
	var err error
	if g.rules, err = auth.ParseRules([]byte(text)); err != nil {
		g.Fatal(err)
	}
	g.swap()
}

// revoke makes void what was issued until now.
func (g *warden) revoke(kind auth.RevocationKind, value string) {
	g.Helper()
	g.revoked = append(g.revoked, auth.Revocation{Kind: kind, Value: value, At: time.Now()})
	g.swap()
}

// swap has the engine decide by the state of g.
func (g *warden) swap() {
	g.Helper()
	revocations, err := auth.NewRevocations(g.revoked)
	if err != nil {
		g.Fatal(err)
	}
	snapshot, err := auth.NewSnapshot(g.rules, auth.Sources{Keys: g.keys, Revocations: revocations, Locator: germany{}})
	if err != nil {
		g.Fatal(err)
	}
	g.engine.Swap(snapshot)
}

// germany is where all clients are whose address begins with 192.
type germany struct{}

func (germany) Country(address netip.Addr) (rule.Code, bool) {
	return rule.Code{'D', 'E'}, address.Is4() && address.As4()[0] == 192
}

func (g *warden) key(project string, use auth.Use) auth.Key {
	g.Helper()
	k, ok := g.keys.Signing(project, use, time.Now())
	if !ok {
		g.Fatalf("no key of %q for %s", project, use)
	}
	return k
}

// playAuth mints a PlayAuth of the default project for the asset film, or one that change has made another.
func (g *warden) playAuth(change func(*auth.Claims)) string {
	g.Helper()
	return g.playAuthOf("", change)
}

func (g *warden) playAuthOf(project string, change func(*auth.Claims)) string {
	g.Helper()
	c := auth.Claims{Asset: "film", User: "user"}
	if change != nil {
		change(&c)
	}
	token, err := auth.Mint(g.key(project, auth.UsePlayAuth), c)
	if err != nil {
		g.Fatal(err)
	}
	return token
}

// jwt returns one without an asset, which is good for all.
func (g *warden) jwt() string {
	g.Helper()
	k := g.key("", auth.UseJWT)
	token, err := jws.Sign(jws.HS256, k.ID, "", jws.HMAC(k.Secret), fmt.Appendf(nil, `{"exp":%d}`, time.Now().Unix()+100))
	if err != nil {
		g.Fatal(err)
	}
	return token
}

// cat returns a Common Access Token with nothing but an expiry: a CWT (RFC 8392) in a COSE_Mac0 (RFC 9052 §6.2).
func (g *warden) cat() string {
	k := g.key("", auth.UseCAT)
	payload := binary.BigEndian.AppendUint32([]byte("\xa1\x04\x1a"), uint32(time.Now().Unix()+100))
	const protected = "\x43\xa1\x01\x05" // HMAC 256/256
	content := append([]byte{0x40 + byte(len(payload))}, payload...)
	mac := hmac.New(sha256.New, k.Secret)
	mac.Write(append([]byte("\x84\x64MAC0"+protected+"\x40"), content...))
	token := append([]byte("\xd8\x3d\xd1\x84"+protected+"\xa1\x04"), 0x40+byte(len(k.ID)))
	token = append(append(append(token, k.ID...), content...), 0x58, 0x20)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(token))
}

// session returns the path of a session for the asset film of the default project, or one that change has made another.
func (g *warden) session(change func(*auth.Session)) string {
	g.Helper()
	return g.sessionOf("", "film", &auth.Claims{User: "user", ID: "token"}, change)
}

func (g *warden) sessionOf(project, asset string, c *auth.Claims, change func(*auth.Session)) string {
	g.Helper()
	s := auth.NewSession(project, c, time.Now().Add(-time.Second), time.Hour)
	if change != nil {
		change(&s)
	}
	token, err := g.keys.AppendSession(nil, project, asset, &s)
	if err != nil {
		g.Fatal(err)
	}
	return sessionPrefix + string(token)
}

// limited returns the path of a session under limits.
func (g *warden) limited(limits string) string {
	g.Helper()
	return g.session(func(s *auth.Session) {
		if err := s.SetLimits(limits); err != nil {
			g.Fatal(err)
		}
	})
}

// sign returns the URL of a path of the default project with a signature that is good for the next half an hour.
func (g *warden) sign(t urlsign.Type, path string) string {
	return g.signAt(t, path, time.Now(), 0)
}

func (g *warden) signAt(t urlsign.Type, path string, at time.Time, previewSeconds int) string {
	g.Helper()
	scheme, k := urlsign.NewDefaultScheme(), g.key("", auth.UseURL)
	return string(scheme.Append(nil, t, path, urlsign.Key{ID: k.ID, Secret: k.Secret}, at, "", "", previewSeconds))
}

// theClient is the address of viewers whose proxy says nothing else.
const theClient = "192.0.2.7"

// serve starts a listener that g guards, behind a trusted proxy.
func (g *warden) serve(library Library, source Source) *site {
	g.Helper()
	u := newSetup(testConfig())
	u.engine, u.listen = g.engine, listenTCP
	u.viewer.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	return u.serve(g, library, source)
}

// visit is do by a viewer behind the proxy.
func (s *site) visit(method, target string, headers ...string) *reply {
	s.tb.Helper()
	return s.do(method, target, append([]string{"X-Forwarded-For: " + theClient}, headers...)...)
}

// decide asks whether a target would be answered.
func (s *site) decide(target string, headers ...string) *reply {
	s.tb.Helper()
	return s.visit("GET", decisionPath, append([]string{originalURIHeader + ": " + target}, headers...)...)
}

// checkDecision demands that a network in front is told what the viewer would be, and that it leaves no trace.
func checkDecision(t *testing.T, s *site, status int, target string, headers ...string) {
	t.Helper()
	want := 403
	if status < 400 {
		want = 204
	}
	if r := s.decide(target, headers...); r.StatusCode != want || s.last().Route != decisionRoute {
		t.Errorf("decision on %s, which is answered with %d: %s (%v)", target, status, r.Status, s.last().Err)
	}
}

// checkForbidden demands the one answer of all refusals.
func checkForbidden(t *testing.T, r *reply, what string) {
	t.Helper()
	if r.StatusCode != 403 || string(r.body) != publicForbidden+"\n" || r.header("Cache-Control") != cacheNotStored {
		t.Errorf("%s: %s %q, %v", what, r.Status, bytes.TrimSpace(r.body), r.Header)
	}
	checkSharing(t, r)
}
