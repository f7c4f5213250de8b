package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"headwater/cmd/internal/process"
	"headwater/packager"
)

// rulesDocument has a rule of each kind that needs no other service: the page, the program, the address by a long list, the
// rate, and a session that is counted.
const rulesDocument = `default_policy: full
policies:
  - name: full
    access: protected
    referer: {allow: [example.com, "*.example.net", partner.test]}
    user_agent: {deny: ["*curl*", "*wget*", "*python*"]}
    address: {deny: [%s]}
    rate: {requests: 1000000, burst: 1000000}
    session: {life: 24h, per_user: 5}
`

// viewerFields are those of a viewer whom the rules let in.
const viewerFields = "Referer: https://www.example.com/films/42?from=home\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n"

// rulesNetworks returns a thousand networks that nobody asks from.
func rulesNetworks() string {
	var all []string
	for i := range 1000 {
		all = append(all, fmt.Sprintf("203.%d.%d.0/24", i/250, i%250))
	}
	return strings.Join(all, ", ")
}

// compareRuled measures what every kind of rule costs: a Headwater under them against one without any, on the same files.
func (b *bench) compareRuled(ctx context.Context, s scenario) (c *comparison, err error) {
	c = newComparison(s)
	open, err := b.use(ctx, variant{s.Secure, defaultCacheBytes})
	if err != nil {
		return nil, err
	}
	data, err := b.rule(ctx)
	if err != nil {
		return nil, fmt.Errorf("a library under rules: %w", err)
	}
	under, err := b.startHeadwater(ctx, data, variant{s.Secure, defaultCacheBytes})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, under.stop()) }()
	under.name = "under rules"
	inside, err := b.inSession(ctx, under, data, b.sets[s.Kind])
	if err != nil {
		return nil, err
	}
	if _, err := b.driver.open(open, open.name, "", s.Connections, withFields(b.sets[s.Kind])); err != nil {
		return nil, err
	}
	if _, err := b.driver.open(under, under.name, "", s.Connections, inside); err != nil {
		return nil, err
	}
	return c, b.contest(ctx, c, []*server{open, under})
}

// rule returns a data folder of the same files, with rules.
func (b *bench) rule(ctx context.Context) (data string, err error) {
	data = filepath.Join(b.library.Dir(), "ruled") // beside the library: files are linked
	if err := os.RemoveAll(data); err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-rl", b.library.Data(), data).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cp: %w: %s", err, process.LastLine(out))
	}
	// What the program writes must not be linked.
	for _, name := range []string{"catalog.db", "catalog.db-wal", "catalog.db-shm"} {
		if err := unlink(filepath.Join(b.library.Data(), name), filepath.Join(data, name)); err != nil {
			return "", err
		}
	}
	rules := filepath.Join(b.scratch, "rules.yaml")
	if err := os.WriteFile(rules, fmt.Appendf(nil, rulesDocument, rulesNetworks()), 0o600); err != nil {
		return "", err
	}
	_, err = process.Output(ctx, b.headwater, "policy", "set", "--data", data, rules)
	return data, err
}

// unlink makes to a copy of from instead of a link; nothing where there is no such file.
func unlink(from, to string) error {
	content, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, os.Remove(to), os.WriteFile(to, content, 0o600))
}

// inSession returns objects as a viewer asks for them inside the session of their asset.
func (b *bench) inSession(ctx context.Context, s *server, data string, objects []object) ([]object, error) {
	inside, sessions := withFields(objects), map[packager.AssetID]string{}
	for i := range inside {
		asset := packager.AssetID(strings.Split(inside[i].Path, "/")[2])
		if sessions[asset] == "" {
			session, err := b.session(ctx, s, data, asset)
			if err != nil {
				return nil, fmt.Errorf("session for %s: %w", asset, err)
			}
			sessions[asset] = session
		}
		inside[i].Path = sessions[asset] + inside[i].Path
	}
	return inside, nil
}

func withFields(objects []object) []object {
	out := make([]object, len(objects))
	for i, o := range objects {
		o.Fields = viewerFields
		out[i] = o
	}
	return out
}

// session exchanges a token for a session and returns the beginning of its paths.
func (b *bench) session(ctx context.Context, s *server, data string, asset packager.AssetID) (string, error) {
	minted, err := process.Output(ctx, b.headwater, "token", "--data", data, "--json", "--user", "viewer", string(asset))
	if err != nil {
		return "", err
	}
	var said struct{ Token string }
	if err := json.Unmarshal(minted, &said); err != nil {
		return "", err
	}
	client := http.Client{Timeout: dialTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.plain+"/v/"+string(asset)+"/hls/master.m3u8?token="+said.Token, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Referer", "https://www.example.com/")
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	response.Body.Close()
	location, err := response.Location()
	if err != nil {
		return "", fmt.Errorf("status %s: %w", response.Status, err)
	}
	prefix, _, found := strings.Cut(location.Path, "/v/")
	if !found {
		return "", fmt.Errorf("redirect to %s", location.Path)
	}
	return prefix, nil
}
