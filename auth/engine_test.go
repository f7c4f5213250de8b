package auth

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"headwater/auth/jws"
	"headwater/auth/rule"
	"headwater/auth/urlsign"
)

// scene is an engine with rules and keys, and who visits it.
type scene struct {
	testing.TB
	engine  *Engine
	rules   Rules
	sources Sources
	request Request // of a viewer whom no rule refuses
	hook    *fakeHook
	counter *fakeCoordinator
}

// ringOf returns the keys of a project, one for each use.
func ringOf(project string) (keys []Key) {
	for use := UsePlayAuth; use.valid(); use++ {
		k := testKey(use, strings.TrimPrefix(project+"-", "-")+use.String()+"1")
		k.Project = project
		keys = append(keys, k)
	}
	return keys
}

// germany is where all clients are whose address begins with 192.
type germany struct{}

func (germany) Country(address netip.Addr) (rule.Code, bool) {
	return rule.Code{'D', 'E'}, address.Is4() && address.As4()[0] == 192
}

// newScene returns an engine with rules, given as YAML, and keys for the default project and one named acme.
func newScene(t testing.TB, rules string) *scene {
	t.Helper()
	s := &scene{TB: t, hook: &fakeHook{}, counter: &fakeCoordinator{LocalCoordinator: NewLocalCoordinator(func() time.Time { return instant })}}
	s.request = Request{
		Now: instant, Client: netip.MustParseAddr("192.0.2.7"), Host: "video.example.com", UserAgent: "player", Referer: "https://www.example.com/",
	}
	var err error
	if s.engine, err = NewEngine(s.counter, s.hook); err != nil {
		t.Fatal(err)
	}
	if s.rules, err = ParseRules([]byte(rules)); err != nil {
		t.Fatal(err)
	}
	s.sources = Sources{Keys: mustRing(t, append(ringOf(""), ringOf("acme")...)...), Locator: germany{}}
	s.swap()
	return s
}

// swap has the engine decide by the rules and sources as they are now.
func (s *scene) swap() {
	s.Helper()
	snapshot, err := NewSnapshot(s.rules, s.sources)
	if err != nil {
		s.Fatal(err)
	}
	s.engine.Swap(snapshot)
}

// begin starts a visit of the viewer, or of one who differs.
func (s *scene) begin(differences ...func(*Request)) *Visit {
	s.Helper()
	v, r := new(Visit), s.request
	for _, differ := range differences {
		differ(&r)
	}
	if err := s.engine.Begin(v, r); err != nil {
		s.Fatal(err)
	}
	return v
}

func later(d time.Duration) func(*Request) { return func(r *Request) { r.Now = r.Now.Add(d) } }

func (s *scene) key(project string, use Use) Key {
	s.Helper()
	k, ok := s.sources.Keys.Signing(project, use, instant)
	if !ok {
		s.Fatalf("no key of %q for %s", project, use)
	}
	return k
}

// playAuth mints a PlayAuth for the asset film.
func (s *scene) playAuth(project string, change func(*Claims)) string {
	s.Helper()
	c := Claims{Asset: "film", Issued: instant, User: "user"}
	if change != nil {
		change(&c)
	}
	return mustMint(s, s.key(project, UsePlayAuth), c)
}

// signURL returns the path and query of a URL of film that expires in half an hour.
func (s *scene) signURL(t urlsign.Type, path string) (signedPath, query string) {
	s.Helper()
	k := s.key("", UseURL)
	scheme := urlsign.NewDefaultScheme()
	url := string(scheme.Append(nil, t, path, urlsign.Key{ID: k.ID, Secret: k.Secret}, instant, "", "", 0))
	signedPath, query, _ = strings.Cut(url, "?")
	return signedPath, query
}

// catToken returns a Common Access Token (RFC 8392) with claims by their numbers.
func (s *scene) catToken(claims map[int]any) string {
	s.Helper()
	marshal := func(v any) []byte {
		data, err := cbor.Marshal(v)
		if err != nil {
			s.Fatal(err)
		}
		return data
	}
	k := s.key("", UseCAT)
	protected, payload := marshal(map[int]any{1: 5}), marshal(claims)
	m := newMAC(k.Secret)
	m.hash.Write(marshal([]any{"MAC0", protected, []byte{}, payload}))
	item := []any{protected, map[int]any{4: []byte(k.ID)}, payload, m.hash.Sum(nil)}
	return tokenText.EncodeToString(marshal(cbor.Tag{Number: 61, Content: cbor.Tag{Number: 17, Content: item}}))
}

// exchange returns the token of the session that a credential is exchanged for.
func (s *scene) exchange(token string, a Asset, differences ...func(*Request)) ([]byte, error) {
	s.Helper()
	v := s.begin(differences...)
	if err := v.Present(token, "film", manifest); err != nil {
		return nil, err
	}
	if err := v.Decide(&a); err != nil {
		return nil, err
	}
	session, err := v.Exchange(context.Background(), time.Hour)
	if err != nil {
		return nil, err
	}
	return v.AppendSession(nil, &session)
}

func (s *scene) mustExchange(token string, a Asset) []byte {
	s.Helper()
	session, err := s.exchange(token, a)
	if err != nil {
		s.Fatal(err)
	}
	return session
}

// watch opens a session and decides.
func (s *scene) watch(session []byte, a Asset, differences ...func(*Request)) error {
	s.Helper()
	v := s.begin(differences...)
	if err := v.OpenSession(session, "film"); err != nil {
		return err
	}
	return v.Decide(&a)
}

const manifest = "/v/film/hls/master.m3u8"

var published = Asset{Published: true}

// fakeCoordinator counts, fails or takes as long as it is given.
type fakeCoordinator struct {
	*LocalCoordinator
	broken  error
	hangs   bool
	entered int
}

func (c *fakeCoordinator) fail(ctx context.Context) error {
	if c.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return c.broken
}

func (c *fakeCoordinator) Use(ctx context.Context, project, id string, expires time.Time) (bool, error) {
	if err := c.fail(ctx); err != nil {
		return false, err
	}
	return c.LocalCoordinator.Use(ctx, project, id, expires)
}

func (c *fakeCoordinator) Enter(ctx context.Context, user uint64, session SessionID, limit int, until time.Time) (bool, error) {
	c.entered++
	if err := c.fail(ctx); err != nil {
		return false, err
	}
	return c.LocalCoordinator.Enter(ctx, user, session, limit, until)
}

// fakeHook answers as answer does, or allows.
type fakeHook struct {
	answer func(context.Context, string, Question) (bool, error)
	asked  []Question
}

func (h *fakeHook) Ask(ctx context.Context, url string, q Question) (bool, error) {
	h.asked = append(h.asked, q)
	if h.answer == nil {
		return true, nil
	}
	return h.answer(ctx, url, q)
}

var errBroken = errors.New("broken")

func TestEngine_NoRules(t *testing.T) {
	engine, err := NewEngine(NewLocalCoordinator(time.Now), &fakeHook{})
	if err != nil || engine.Ready() {
		t.Fatal(err)
	}
	v := newScene(t, "").begin() // one that was used elsewhere
	if err := engine.Begin(v, Request{}); err != error(NoRules) {
		t.Errorf("got %v", err)
	}
	if shares, all := v.SharesWith("https://a.example"); !shares || !all {
		t.Error("the refusal cannot be read by pages")
	}
}

func TestEngine_Swap(t *testing.T) {
	s := newScene(t, "")
	v := s.begin()
	s.rules = Rules{DefaultPolicy: "shut", Policies: []Policy{{Name: "shut", Access: Protected}}}
	s.swap()
	if err := v.Decide(&published); err != nil || !s.engine.Ready() {
		t.Errorf("a visit that had begun: %v", err)
	}
	if err := s.begin().Decide(&published); err != error(NoCredential) {
		t.Errorf("the next: %v", err)
	}
}

// TestVisit_Reused: a visit that is begun again keeps nothing of the one before.
func TestVisit_Reused(t *testing.T) {
	s := newScene(t, "default_policy: shut\npolicies: [{name: shut, access: protected}, {name: open, access: open}]")
	v := s.begin()
	path, query := s.signURL(urlsign.A, manifest)
	if _, signed, err := v.SplitURL(path, query); err != nil || !signed {
		t.Fatal(signed, err)
	}
	if err := v.PresentURL("film"); err != nil || v.Claims() == nil {
		t.Fatal(err)
	}
	if err := v.Decide(&Asset{Published: true, Policy: "open"}); err != nil || v.Conceals() {
		t.Fatal(err)
	}
	if err := v.Decide(&published); err != nil || !v.Conceals() {
		t.Errorf("the policy of another asset holds: %v", err)
	}
	if err := s.engine.Begin(v, s.request); err != nil || v.Claims() != nil || v.Session() != nil {
		t.Fatal(err)
	}
	if err := v.Decide(&published); err != error(NoCredential) {
		t.Errorf("got %v", err)
	}
	if err := v.PresentURL("film"); err != error(BadSignature) {
		t.Errorf("the signature of the visit before: %v", err)
	}
	if _, err := v.Exchange(context.Background(), time.Hour); err != error(NoCredential) {
		t.Errorf("the claims of the visit before: %v", err)
	}
}

func mustPrefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }

// jwt signs a payload, which is good for 100 s if it has exp 1772366500.
func (s *scene) jwt(algorithm, kid string, k jws.Key, payload string) string {
	s.Helper()
	token, err := jws.Sign(algorithm, kid, "JWT", k, []byte(payload))
	if err != nil {
		s.Fatal(err)
	}
	return token
}
