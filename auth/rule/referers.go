package rule

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Referers is a rule about the host of the page that a request comes from, as the Referer header (RFC 9110 §10.1.3) or in
// its absence the Origin header (RFC 6454 §7) tells it.
type Referers struct {
	allow, deny hosts
	restricted  bool // there is an allow list
	allowEmpty  bool
}

// NewReferers compiles lists of patterns:
//
//	example.com      the host and all its sub-domains, as content delivery networks understand it
//	=example.com     that host alone, which is what the same name means to nginx
//	*.example.com    its sub-domains alone
//	cdn*.example.*   '*' stands for any characters, or none; up to 100 of these in a list
//	*                every page
//	192.0.2.1, [2001:db8::1]
//
// Case does not count. Hosts in other scripts are written as they are sent, in Punycode (xn--…). A pattern holds no scheme,
// port, path or dot at the end; those of a page do not count.
//
// allowEmpty says what becomes of requests that tell of no page: native players and apps, pages with the policy
// no-referrer, and addresses typed in. The error names every pattern that is none.
func NewReferers(allow, deny []string, allowEmpty bool) (*Referers, error) {
	allowed, err1 := newHosts(allow)
	denied, err2 := newHosts(deny)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &Referers{allow: allowed, deny: denied, restricted: len(allow) > 0, allowEmpty: allowEmpty}, nil
}

// Allows reports whether a request with these headers may be answered, where "" is a header that is absent. Origin counts
// where there is no Referer. The origin "null" and the referer "about:blank", by which browsers keep a page to themselves,
// are empty. What is no URL of a page on the web is not empty and no pattern matches it.
func (r *Referers) Allows(referer, origin string) bool {
	page := referer
	if page == "" || page == "about:blank" {
		if origin == "" || origin == "null" {
			return r.allowEmpty
		}
		page = origin
	}
	var scratch [maxHost]byte
	host, ok := hostOf(&scratch, page)
	if !ok {
		return !r.restricted
	}
	return !r.deny.match(host) && (!r.restricted || r.allow.match(host))
}

// hosts is a compiled list of patterns.
type hosts struct {
	named  map[string]extent // by the host, without '=' or "*."
	labels int               // of the longest name
	globs  globs
}

// extent is what a name stands for.
type extent uint8

const (
	itself extent = 1 << iota
	below
)

const (
	maxHostPatterns = 10_000
	maxHostGlobs    = 100 // each costs a pass over the host
)

func newHosts(patterns []string) (hosts, error) {
	h := hosts{named: make(map[string]extent, len(patterns))}
	var problems []error
	for _, pattern := range patterns {
		if err := h.add(string(appendLower(nil, pattern))); err != nil {
			problems = append(problems, fmt.Errorf("referer %q: %w", pattern, err))
		}
	}
	if len(h.named) > maxHostPatterns || len(h.globs) > maxHostGlobs {
		problems = append(problems, fmt.Errorf("%d referers in a list, %d of them with '*' inside: want at most %d and %d",
			len(patterns), len(h.globs), maxHostPatterns, maxHostGlobs))
	}
	return h, errors.Join(problems...)
}

func (h *hosts) add(pattern string) error {
	if host, ok := strings.CutPrefix(pattern, "="); ok {
		return h.addName(host, itself)
	}
	if host, ok := strings.CutPrefix(pattern, "*."); ok && !strings.Contains(host, "*") {
		return h.addName(host, below)
	}
	if !strings.Contains(pattern, "*") {
		return h.addName(pattern, itself|below)
	}
	// A star may stand for what makes a host of the rest.
	if err := checkHost(strings.ReplaceAll(pattern, "*", "x")); err != nil {
		return err
	}
	h.globs = append(h.globs, compileGlob(pattern))
	return nil
}

func (h *hosts) addName(host string, e extent) error {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !address.Is6() || address.Zone() != "" || !strings.HasSuffix(host, "]") {
			return errors.New("want an IPv6 address in the brackets")
		}
		host, e = "["+address.String()+"]", itself // browsers send this spelling
	} else if err := checkHost(host); err != nil {
		return err
	} else if isNumber(host[strings.LastIndexByte(host, '.')+1:]) {
		if _, err := netip.ParseAddr(host); err != nil {
			return errors.New("a host that ends in a number is an IPv4 address: want one such as 192.0.2.1")
		}
		e = itself
	}
	h.named[host] |= e
	h.labels = max(h.labels, strings.Count(host, ".")+1)
	return nil
}

func isNumber(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}

// checkHost says what to write where host is none.
func checkHost(host string) error {
	var scratch [maxHost]byte
	if _, ok := appendName(scratch[:0], host); ok {
		return nil
	}
	switch {
	case strings.ContainsAny(host, ":/"):
		return errors.New("want the host alone, without scheme, port and path; an IPv6 address stands in brackets")
	case strings.HasPrefix(host, "."):
		return errors.New("a name without the dot in front covers the sub-domains too, one with \"*.\" in front only these")
	case strings.ContainsFunc(host, func(r rune) bool { return r > '~' }):
		return errors.New("want a host in other scripts in Punycode (xn--…)")
	default:
		return errors.New("want a host such as example.com, =example.com, *.example.com or cdn*.example.com")
	}
}

// match looks the host up, and what it lies below from the top level on, as far down as patterns reach.
func (h *hosts) match(host []byte) bool {
	end := len(host)
	for range h.labels {
		dot := end - 1
		for dot >= 0 && host[dot] != '.' {
			dot--
		}
		e := h.named[string(host[dot+1:])]
		if dot < 0 {
			if e&itself != 0 {
				return true
			}
			break
		}
		if e&below != 0 {
			return true
		}
		end = dot
	}
	return h.globs.match(host)
}
