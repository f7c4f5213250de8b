package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"headwater/auth"
	"headwater/auth/jws"
)

// trustSets holds the JWK Sets that projects name by URL or file. Safe for concurrent use.
type trustSets struct {
	client *http.Client
	wanted chan struct{} // has an element when a set is wanted that was never fetched

	mu    sync.Mutex
	names map[string]bool
	sets  map[string]jws.Set
	texts map[string]string // that the sets were read from
}

// fetchTimeout bounds the fetching of one set.
const fetchTimeout = 5 * time.Second

func newTrustSets() *trustSets {
	return &trustSets{
		client: &http.Client{Timeout: fetchTimeout},
		wanted: make(chan struct{}, 1),
		names:  map[string]bool{}, sets: map[string]jws.Set{}, texts: map[string]string{},
	}
}

// want says which sets the rules name.
func (t *trustSets) want(rules *auth.Rules) {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := map[string]bool{}
	for i := range rules.Projects {
		for _, trust := range []*auth.TrustRule{&rules.Projects[i].JWT, &rules.Projects[i].CAT} {
			for _, name := range []string{trust.JWKSURL, trust.JWKSFile} {
				if name == "" {
					continue
				}
				names[name] = true
				if _, had := t.sets[name]; !had {
					t.hurry()
				}
			}
		}
	}
	t.names = names
}

func (t *trustSets) hurry() {
	select {
	case t.wanted <- struct{}{}:
	default:
	}
}

// known returns the sets that were fetched.
func (t *trustSets) known() map[string]jws.Set {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.sets)
}

// fetch reads all sets again and reports whether one is another than before. A set that cannot be had stays what it was.
func (t *trustSets) fetch(ctx context.Context) (changed bool, err error) {
	t.mu.Lock()
	names := t.names
	t.mu.Unlock()
	var problems []error
	for name := range names {
		other, err := t.fetchOne(ctx, name)
		changed = changed || other
		if err != nil {
			problems = append(problems, fmt.Errorf("JWK Set %s: %w", name, err))
		}
	}
	return changed, errors.Join(problems...)
}

func (t *trustSets) fetchOne(ctx context.Context, name string) (changed bool, err error) {
	text, err := t.read(ctx, name)
	if err != nil {
		return false, err
	}
	set, err := jws.ParseJWKS(text)
	if err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, had := t.texts[name]; had && before == string(text) {
		return false, nil
	}
	t.texts[name], t.sets[name] = string(text), set
	return true, nil
}

// read returns the text of a set, or a little more than is allowed of it.
func (t *trustSets) read(ctx context.Context, name string) ([]byte, error) {
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(io.LimitReader(file, jws.MaxSetBytes+1))
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, name, nil)
	if err != nil {
		return nil, err
	}
	response, err := t.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, jws.MaxSetBytes+1))
}
