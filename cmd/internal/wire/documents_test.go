package wire

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/ingest/storage/mem"
	"headwater/ingest/storage/storagetest"
)

// newKeeper returns a system on an empty data folder and a store in memory.
func newKeeper(t *testing.T) *System {
	t.Helper()
	cfg := config.NewDefaultConfig()
	cfg.Data = t.TempDir()
	return newSystem(&cfg, "test", zap.NewNop(), &countedStore{storagetest.Counting{Store: &mem.Store{}}})
}

// put puts a document as another process would.
func (c *controlPlane) put(t *testing.T, name string, revision uint64, body string) {
	t.Helper()
	if _, err := c.catalog.PutDocument(t.Context(), name, revision, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

func TestEditDocument(t *testing.T) {
	s := newKeeper(t)
	err := s.withControlPlane(t.Context(), func(c *controlPlane) error {
		var seen []string
		err := c.editDocument(t.Context(), "x", func(body []byte) ([]byte, error) {
			seen = append(seen, string(body))
			if len(seen) < 3 { // somebody else is faster
				c.put(t, "x", uint64(len(seen)-1), fmt.Sprint("other ", len(seen)))
			}
			return []byte("mine"), nil
		})
		if got := strings.Join(seen, ", "); err != nil || got != ", other 1, other 2" {
			t.Errorf("seen %s; %v", got, err)
		}
		stored, err := ingest.ReadDocument(t.Context(), c.store, "x")
		if err != nil || string(stored) != "mine" {
			t.Errorf("storage has %q, %v", stored, err)
		}

		revision, asked := uint64(3), 0
		err = c.editDocument(t.Context(), "x", func([]byte) ([]byte, error) {
			asked++
			c.put(t, "x", revision, "other")
			revision++
			return []byte("mine"), nil
		})
		if !errors.Is(err, catalog.ErrConflict) || asked != maxEdits {
			t.Errorf("always too slow: %v after %d", err, asked)
		}

		refused := errors.New("refused")
		if err := c.editDocument(t.Context(), "y", func([]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
			t.Errorf("refused: %v", err)
		}
		if _, err := c.catalog.Document(t.Context(), "y"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("what was refused is stored: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEditUndelivered stores a change while storage takes nothing: it is there, and not made again.
func TestEditUndelivered(t *testing.T) {
	s := newKeeper(t)
	fuse := &storagetest.Fuse{}
	s.store = &countedStore{storagetest.Counting{Store: storagetest.Faulty{Store: s.store, Fuse: fuse}}}
	fuse.Blow(0, storage.ErrUnavailable)
	asked := 0
	err := s.EditRules(t.Context(), func(r auth.Rules) (auth.Rules, error) {
		asked++
		return r.Overlay(auth.Rules{Policies: []auth.Policy{{Name: "p", Access: auth.Open}}}), nil
	})
	if !errors.Is(err, ingest.ErrUndelivered) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	if rules, err := s.Rules(t.Context()); err != nil || len(rules.Policies) != 1 {
		t.Errorf("rules %v, %v", rules, err)
	}
}

// TestFirstKeys has many make the first keys of their projects at once: one secret seals them all.
func TestFirstKeys(t *testing.T) {
	s := newKeeper(t)
	const projects = 8
	var group sync.WaitGroup
	for i := range projects {
		group.Go(func() {
			if _, made, err := s.SigningKey(t.Context(), fmt.Sprint("p", i), auth.UsePlayAuth); err != nil || !made {
				t.Errorf("p%d: made %t, %v", i, made, err)
			}
		})
	}
	group.Wait()
	ring, err := s.Keys(t.Context())
	if err != nil || len(ring.Keys()) != 2*projects {
		t.Fatalf("%d keys, %v", len(ring.Keys()), err)
	}
	for i := range projects {
		project := fmt.Sprint("p", i)
		if _, ok := ring.Signing(project, auth.UseSession, time.Now()); !ok {
			t.Errorf("%s has no key for sessions", project)
		}
		if _, made, err := s.SigningKey(t.Context(), project, auth.UsePlayAuth); err != nil || made {
			t.Errorf("%s again: made %t, %v", project, made, err)
		}
	}
	names, err := filepath.Glob(filepath.Join(s.cfg.Data, "*secret*"))
	if err != nil || len(names) != 1 {
		t.Errorf("left %q, %v", names, err)
	}
}

// TestLostSecret takes the secret away: it is never made again.
func TestLostSecret(t *testing.T) {
	s := newKeeper(t)
	if _, _, err := s.SigningKey(t.Context(), "", auth.UsePlayAuth); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(secretFile(s.cfg)); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.SigningKey(t.Context(), "", auth.UseURL)
	if err == nil || !strings.Contains(err.Error(), "put a copy of it at "+secretFile(s.cfg)) {
		t.Errorf("sign: %v", err)
	}
	if _, err := os.Stat(secretFile(s.cfg)); err == nil {
		t.Error("there is another secret")
	}
	if err := s.Revoke(t.Context(), auth.Revocation{Kind: auth.RevokeUser, Value: "u", At: time.Now()}); err != nil {
		t.Errorf("revoking needs no secret, and yet: %v", err)
	}
}

func TestPreviewLinks(t *testing.T) {
	s := newKeeper(t)
	now := time.Now()
	link := func(id string, life time.Duration) report.PreviewLink {
		return report.PreviewLink{ID: id, Asset: "shop/film", Created: now, Expires: now.Add(life)}
	}
	full := make([]report.PreviewLink, 0, maxLinks)
	for i := range maxLinks {
		full = append(full, link(fmt.Sprint(i), time.Hour))
	}
	err := s.withControlPlane(t.Context(), func(c *controlPlane) error {
		return c.editLinks(t.Context(), func([]report.PreviewLink) ([]report.PreviewLink, error) {
			return append(full[:maxLinks-1:maxLinks-1], link("old", -time.Second)), nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddPreviewLink(t.Context(), full[maxLinks-1]); err != nil {
		t.Errorf("in place of an expired one: %v", err)
	}
	if err := s.AddPreviewLink(t.Context(), link("more", time.Hour)); err == nil || !strings.Contains(err.Error(), "revoke some") {
		t.Errorf("one too many: %v", err)
	}
	if _, err := s.RevokePreviewLink(t.Context(), "7"); err != nil {
		t.Fatal(err)
	}
	links, err := s.PreviewLinks(t.Context())
	if err != nil || len(links) != maxLinks-1 {
		t.Errorf("%d links, %v", len(links), err)
	}
	revoked, err := s.Revocations(t.Context())
	if err != nil || !revoked.RevokedClaims("shop", "film", &auth.Claims{ID: "7", Issued: now}) {
		t.Errorf("it is not revoked: %v", err)
	}
}

func TestDecodeLinksDamaged(t *testing.T) {
	for _, body := range []string{"", "{}", "[1]", `[{"id":"x"}]`, `[{"id":"x","asset":"../y","expires":"2036-01-01T00:00:00Z"}]`,
		`[{"id":"","asset":"y","expires":"2036-01-01T00:00:00Z"}]`} {
		if links, err := decodeLinks([]byte(body), time.Now()); !errors.Is(err, errLinks) {
			t.Errorf("%s: %v, %v", body, links, err)
		}
	}
}
