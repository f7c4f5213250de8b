package auth

import (
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/auth/jws"
	"headwater/auth/urlsign"
)

// matrixRules has a policy for each column of the matrix.
const matrixRules = `
default_policy: shut
policies:
- {name: open, access: open}
- {name: shut, access: protected}
- {name: jwt-only, access: protected, credentials: [jwt]}
- {name: page, access: protected, referer: {allow: [example.org]}}
- {name: page-open, access: open, referer: {deny: [example.com]}}
- {name: no-page, access: open, referer: {allow: ["*"], on_empty: deny}}
- {name: address, access: protected, address: {deny: [192.0.2.0/24]}}
- {name: address-open, access: open, address: {allow: [10.0.0.0/8]}}
- {name: agent, access: protected, user_agent: {deny: ["*play*"]}}
- {name: country, access: protected, country: {allow: [FR]}}
- {name: all, access: protected, referer: {allow: [example.com]}, address: {allow: [192.0.2.0/24]}, user_agent: {allow: [player]}, country: {allow: [DE]}}
projects:
- {name: acme, domains: [acme.example]}
`

// matrix says what each credential, a line, leads to under each policy or with each asset, a column.
const matrix = `
                open         shut         jwt-only     page         page-open    no-page      address      address-open agent        country      all          draft         future        over          unknown
none            -            no_credential no_credential no_credential referer   -            no_credential address     no_credential no_credential no_credential no_credential no_credential no_credential no_policy
playauth        -            -            not_accepted referer      referer      -            address      address      user_agent   country      -            not_published not_published not_published no_policy
signed-url      -            -            not_accepted referer      referer      -            address      address      user_agent   country      -            not_published not_published not_published no_policy
signed-path     -            -            not_accepted referer      referer      -            address      address      user_agent   country      -            not_published not_published not_published no_policy
jwt             -            -            -            referer      referer      -            address      address      user_agent   country      -            not_published not_published not_published no_policy
cat             -            -            not_accepted referer      referer      -            address      address      user_agent   country      -            not_published not_published not_published no_policy
own-page        -            -            not_accepted -            -            -            address      address      user_agent   country      -            not_published not_published not_published no_policy
other-page      referer      referer      not_accepted referer      referer      referer      referer      referer      referer      referer      referer      not_published not_published not_published no_policy
preview-link    -            -            not_accepted referer      referer      -            address      address      user_agent   country      -            -            -            -            no_policy
session         -            -            -            referer      referer      -            address      address      user_agent   country      -            not_published not_published not_published no_policy
page-session    -            -            -            -            -            -            address      address      user_agent   country      -            not_published not_published not_published no_policy
draft-session   -            -            -            referer      referer      -            address      address      user_agent   country      -            -            -            -            no_policy
expired         expired      =
wrong-asset     wrong_asset  =
wrong-client    wrong_client =
foreign         unknown_key  =
tampered        bad_signature =
garbage         malformed    =
foreign-session unknown_key  =
other-session   bad_signature =
old-session     expired      =
`

// showing is what a viewer shows: the signed path and query of a URL, or a session or credential beside.
type showing struct{ path, query, token string }

// to has the visit take it for what it is.
func (w showing) to(v *Visit) error {
	_, signed, err := v.SplitURL(w.path, w.query)
	switch {
	case err != nil || w.token == "" && !signed:
		return err
	case signed:
		return v.PresentURL("film")
	}
	if err := v.OpenSession([]byte(w.token), "film"); err != error(Malformed) {
		return err
	}
	return v.Present(w.token, "film", w.path)
}

// matrixCredentials returns what a line of the matrix is named after.
func matrixCredentials(s *scene) map[string]showing {
	playAuth := func(change func(*Claims)) string { return s.playAuth("", change) }
	own := func(patterns ...string) string { return playAuth(func(c *Claims) { c.Referers = patterns }) }
	session := func(project, asset string, session Session) string {
		return string(mustToken(s, s.sources.Keys, project, asset, &session))
	}
	link := playAuth(func(c *Claims) { c.Draft, c.ID = true, "link" })
	past := NewSession("", &Claims{}, instant.Add(-time.Hour), time.Minute)
	good := playAuth(nil)
	open := Asset{Published: true, Policy: "open"}
	secret := s.key("", UseJWT)
	tokens := map[string]string{
		"none":            "",
		"playauth":        good,
		"jwt":             s.jwt(jws.HS256, secret.ID, jws.HMAC(secret.Secret), `{"exp":1772366500}`),
		"cat":             s.catToken(map[int]any{4: instant.Unix() + 100}),
		"own-page":        own("www.example.com"),
		"other-page":      own("example.net"),
		"preview-link":    link,
		"session":         string(s.mustExchange(good, open)),
		"page-session":    string(s.mustExchange(own("www.example.com"), open)),
		"draft-session":   string(s.mustExchange(link, open)),
		"expired":         playAuth(func(c *Claims) { c.Issued = instant.Add(-PlayAuthLife) }),
		"wrong-asset":     playAuth(func(c *Claims) { c.Asset = "other" }),
		"wrong-client":    playAuth(func(c *Claims) { c.Client = mustPrefix("10.0.0.0/8") }),
		"foreign":         s.playAuth("acme", nil),
		"tampered":        good[:len(good)-2] + "AA",
		"garbage":         "x.y",
		"foreign-session": session("acme", "film", testSession(s)),
		"other-session":   session("", "other", testSession(s)),
		"old-session":     session("", "film", past),
	}
	all := map[string]showing{}
	for name, token := range tokens {
		all[name] = showing{path: manifest, token: token}
	}
	path, query := s.signURL(urlsign.A, manifest)
	all["signed-url"] = showing{path: path, query: query}
	path, query = s.signURL(urlsign.C, manifest)
	all["signed-path"] = showing{path: path, query: query}
	return all
}

// matrixAsset returns the asset of a column.
func matrixAsset(column string) Asset {
	switch column {
	case "draft":
		return Asset{Policy: "shut"}
	case "future":
		return Asset{Published: true, PublishAt: instant.Add(1), Policy: "shut"}
	case "over":
		return Asset{Published: true, Expire: instant, Policy: "shut"}
	}
	return Asset{Published: true, Policy: column}
}

func TestVisit_Matrix(t *testing.T) {
	s := newScene(t, matrixRules)
	credentials := matrixCredentials(s)
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	columns := strings.Fields(lines[0])
	for _, line := range lines[1:] {
		name, cells, _ := strings.Cut(line, " ")
		wants := strings.Fields(cells)
		if wants[1] == "=" {
			wants = slices.Repeat(wants[:1], len(columns))
		}
		shown, known := credentials[name]
		if !known || len(wants) != len(columns) {
			t.Fatalf("%s: %d columns of %d", name, len(wants), len(columns))
		}
		for i, column := range columns {
			v, a := s.begin(), matrixAsset(column)
			err := shown.to(v)
			if err == nil {
				err = v.Decide(&a)
			}
			if got := outcome(err); got != wants[i] {
				t.Errorf("%s, %s: %s, want %s", name, column, got, wants[i])
			}
			if got := s.explained(shown, a); got != wants[i] {
				t.Errorf("%s, %s: explained as %s, want %s", name, column, got, wants[i])
			}
		}
	}
}

// outcome returns the name of a cause, or - for none.
func outcome(err error) string {
	if err == nil {
		return "-"
	}
	return nameOf(err)
}
