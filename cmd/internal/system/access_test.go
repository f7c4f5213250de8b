package system

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headwater/packager"
)

// TestAccess changes who may watch beside a running server, which takes notice each time.
func TestAccess(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	s := f.serve()
	id := f.ingest(tiny)
	s.appears(id, 1)
	f.done("policy", "set", f.written("members.yaml", "default_policy: members\npolicies: [{name: members, access: protected}]\n"))
	s.becomes(http.StatusForbidden, s.master(id))
	s.status(http.StatusForbidden, s.master("unknown"))

	token := f.token(id, "--user", "4711")
	s.becomes(http.StatusOK, s.master(id)+"?token="+token)
	other := f.token(id, "--user", "4712")
	session := s.session(s.master(id) + "?token=" + other)
	s.status(http.StatusOK, session)
	f.done("revoke", "user", "4712")
	s.becomes(http.StatusForbidden, session)
	s.status(http.StatusForbidden, s.master(id)+"?token="+other)
	s.status(http.StatusOK, s.master(id)+"?token="+token)

	f.done("asset", "draft", string(id))
	s.becomes(http.StatusForbidden, s.master(id)+"?token="+token)
	link := f.done("preview-link", "create", string(id), "--public-url", s.viewer)
	s.status(http.StatusOK, link)
	linkID := f.done("preview-link", "list", "--json")[len(`{"id":"`):][:16]
	f.done("preview-link", "revoke", linkID)
	s.becomes(http.StatusForbidden, link)
	f.done("asset", "publish", string(id))
	s.becomes(http.StatusOK, s.master(id)+"?token="+f.token(id))

	signed := f.done("sign", "/v/"+string(id)+"/hls/master.m3u8", "--public-url", s.viewer)
	s.becomes(http.StatusOK, signed)
	f.done("policy", "set", f.written("open.yaml", "policies: [{name: members, access: open}]\n"))
	s.becomes(http.StatusOK, s.master(id))
	s.play(id)
	s.stop()
	f.checkStored()
	for _, secret := range []string{token, other, strings.TrimPrefix(link, s.viewer)} {
		if strings.Contains(s.stderr.String(), secret) {
			t.Error("the log has a credential")
		}
	}
}

// TestIngestDraft ingests what nobody may watch yet, into a project.
func TestIngestDraft(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.done("policy", "set", f.written("shop.yaml", "projects: [{name: shop, domains: [127.0.0.1]}]\n"))
	s := f.serve()
	id := f.done("ingest", "--draft", "--project", "shop", tiny.path(t))
	plain := packager.AssetID(packager.AssetID(id).Plain())
	if !strings.HasPrefix(id, "shop/") {
		t.Errorf("the id is %s", id)
	}
	s.status(http.StatusNotFound, s.master(plain))
	f.done("asset", "publish", id)
	s.becomes(http.StatusOK, s.master(plain))
}

// TestRacingEdits changes each document by many processes at once. All changes last, and one secret seals all keys.
func TestRacingEdits(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	const racers = 6
	var running []*process
	for i := range racers {
		policy := fmt.Sprintf("policies: [{name: p%d, access: open}]\n", i)
		running = append(running,
			f.start("policy", "set", f.written(fmt.Sprintf("p%d.yaml", i), policy)),
			f.start("keys", "rotate", "--project", fmt.Sprint("p", i)),
			f.start("revoke", "user", fmt.Sprint("u", i)))
	}
	made := 0
	for _, p := range running {
		o := p.wait()
		if o.code != 0 {
			t.Errorf("%q ended with %d: %s", p.cmd.Args[1:], o.code, o.stderr)
		}
		made += strings.Count(o.stderr, "made the secret")
	}
	if made != 1 {
		t.Errorf("%d secrets were made", made)
	}
	for i := range racers {
		f.done("policy", "show", fmt.Sprint("p", i))
		if keys := f.done("keys", "list", "--project", fmt.Sprint("p", i), "--json"); strings.Count(keys, `"id"`) != 2 {
			t.Errorf("project p%d has the keys %s", i, keys)
		}
	}
	if revoked := f.done("revoke", "list", "--json"); strings.Count(revoked, `"kind"`) != racers {
		t.Errorf("revoked: %s", revoked)
	}
	f.checkStored()
}

// TestKillEdit ends changes of rules by SIGKILL at random instants. Whatever the instant, the rules are the old or the new
// ones, and the next server brings them to origins.
func TestKillEdit(t *testing.T) {
	t.Parallel()
	kills := 12
	if testing.Short() {
		kills = 4
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	f := newFolder(t)
	file := func(i int) string {
		return f.written("rules.yaml", fmt.Sprintf("policies: [{name: p, access: open, max_age: %ds}]\n", i+1))
	}
	normal := f.run("policy", "set", file(0))
	before, outcomes := 0, map[string]int{}
	for i := 1; i <= kills; i++ {
		p := f.start("policy", "set", file(i))
		<-time.After(time.Duration(random.Float64() * float64(normal.took))) // the instant is what is tested
		p.cmd.Process.Kill()                                                 // it may have ended
		p.wait()
		rules := f.done("policy", "show") + "\n"
		switch {
		case strings.Contains(rules, fmt.Sprintf("max_age: %s\n", seconds(i+1))):
			before = i
			outcomes["new"]++
		case strings.Contains(rules, fmt.Sprintf("max_age: %s\n", seconds(before+1))):
			outcomes["old"]++
		default:
			t.Fatalf("killed, the rules are neither old nor new: %s", rules)
		}
		if i%4 == 0 {
			s := f.serve()
			s.reconciled()
			f.checkStored()
			s.stop()
		}
	}
	t.Logf("a normal run takes %s; %v", normal.took.Round(time.Millisecond), outcomes)
}

func seconds(n int) string { return (time.Duration(n) * time.Second).String() }

// done runs the program, which must succeed, and returns what it prints.
func (f folder) done(verb string, args ...string) string {
	f.Helper()
	o := f.run(verb, args...)
	if o.code != 0 {
		f.Fatalf("%s %q ended with %d: %s", verb, args, o.code, o.stderr)
	}
	return strings.TrimSpace(o.stdout)
}

// token returns a PlayAuth for an asset.
func (f folder) token(id packager.AssetID, args ...string) string {
	f.Helper()
	token, _, _ := strings.Cut(f.done("token", append([]string{string(id)}, args...)...), "\n")
	return token
}

// written returns the path of a file beside the folder with some content.
func (f folder) written(name, content string) string {
	f.Helper()
	path := filepath.Join(filepath.Dir(f.dir), name)
	must(f.T, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// becomes waits until a URL is answered with a status.
func (s *server) becomes(want int, url string) {
	s.Helper()
	eventually(s.T, fmt.Sprintf("%d for %s", want, url), func() bool { return s.get(url).status == want })
}

// session returns the URL that a credential is exchanged for.
func (s *server) session(url string) string {
	s.Helper()
	response, err := s.client.Get(url)
	must(s.T, err)
	defer response.Body.Close()
	return response.Request.URL.String()
}
