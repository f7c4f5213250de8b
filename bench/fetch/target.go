package fetch

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"headwater/bench/manifest"
	"headwater/bench/measure"
)

// Target is a resource that is ready to be asked for. It can be used by many lanes at once.
type Target struct {
	class    measure.Class
	resource manifest.Resource
	secure   bool
	address  string // host:port
	host     string
	path     string
	key      string // tells resources apart, without credentials
	display  string // the URL, without credentials
}

// NewTarget prepares a resource of a class.
func NewTarget(r manifest.Resource, class measure.Class) (*Target, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("a URL that cannot be read")
	}
	t := &Target{class: class, resource: r, host: u.Host, path: u.RequestURI(), secure: u.Scheme == "https"}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("scheme %.20q, want http or https", u.Scheme)
	case u.Hostname() == "":
		return nil, fmt.Errorf("a URL without a host")
	}
	t.address = u.Host
	if u.Port() == "" {
		t.address = net.JoinHostPort(u.Hostname(), map[bool]string{false: "80", true: "443"}[t.secure])
	}
	t.display = Display(u)
	t.key = t.display
	if u.RawQuery != "" {
		t.key += "?" + u.RawQuery
	}
	if r.Length > 0 {
		t.key += "#" + strconv.FormatInt(r.Offset, 10) + "+" + strconv.FormatInt(r.Length, 10)
	}
	return t, nil
}

// session matches the path element of a playback session, which is a credential.
var session = regexp.MustCompile(`/s/[^/?#]+/`)

// Display returns the URL for people: without query, user and session.
func Display(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return session.ReplaceAllLiteralString(shown.String(), "/s/…/")
}

// query matches what follows a question mark in a text.
var query = regexp.MustCompile(`\?[^\s"'<>]+`)

// Scrub takes credentials out of a text that may hold URLs, and bounds it.
func Scrub(text string) string {
	const most = 300
	text = session.ReplaceAllLiteralString(query.ReplaceAllLiteralString(text, "?…"), "/s/…/")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
