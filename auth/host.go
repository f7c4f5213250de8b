package auth

import (
	"net/netip"
	"strings"
)

const (
	maxHost  = 253 // RFC 1035 §2.3.4, as text
	maxLabel = 63
)

// appendHost appends the host of a Host header (RFC 9110 §7.2) in lower case, without port and final dot; nothing of one
// that is longer than hosts are.
func appendHost(dst []byte, host string) []byte {
	port := 0 // where to look for it: behind the colons of an IPv6 address
	if strings.HasPrefix(host, "[") {
		port = max(strings.IndexByte(host, ']'), 0)
	}
	if i := strings.IndexByte(host[port:], ':'); i >= 0 {
		host = host[:port+i]
	}
	host = strings.TrimSuffix(host, ".")
	if len(host) > maxHost {
		return dst
	}
	start := len(dst)
	dst = append(dst, host...)
	for i, c := range dst[start:] {
		if c >= 'A' && c <= 'Z' {
			dst[start+i] = c + 'a' - 'A'
		}
	}
	return dst
}

// validDomain takes a host as appendHost leaves it, or all hosts below one: *. and that.
func validDomain(domain string) bool {
	if below, ok := strings.CutPrefix(domain, "*."); ok {
		return validHost(below) && below[0] != '['
	}
	return validHost(domain)
}

// validHost takes names and addresses in the one spelling that clients send, IPv6 in brackets.
func validHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && address.Is6() && address.Zone() == "" && host == "["+address.String()+"]"
	}
	if len(host) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > maxLabel || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// hosts finds the project of a host: the one that names it, else the one with the longest wildcard above it.
type hosts struct {
	named map[string]*project
	below map[string]*project // by what follows the star, from its dot on
}

// add has a domain of the documents select p.
func (h *hosts) add(domain string, p *project) {
	if suffix, ok := strings.CutPrefix(domain, "*"); ok {
		h.below[suffix] = p
		return
	}
	h.named[domain] = p
}

// find returns nil for a host that no project claims. It allocates nothing.
func (h *hosts) find(host string) *project {
	if len(h.named)+len(h.below) == 0 {
		return nil
	}
	var scratch [maxHost]byte
	name := appendHost(scratch[:0], host)
	if p := h.named[string(name)]; p != nil {
		return p
	}
	for i := 1; len(h.below) > 0 && i < len(name); i++ {
		if name[i] == '.' {
			if p := h.below[string(name[i:])]; p != nil {
				return p
			}
		}
	}
	return nil
}
