package httpd

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// addressOf returns the IP address of one end of a connection, never an IPv4 address in the dress of IPv6 and without a
// zone; 0.0.0.0 for a connection that has none.
func addressOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		if address, ok := netip.AddrFromSlice(tcp.IP); ok {
			return address.Unmap()
		}
	}
	return netip.IPv4Unspecified()
}

// proxies are the networks of those whose word about their clients is believed, in order and none inside another. CDNs have
// hundreds of them.
type proxies []netip.Prefix

func newProxies(networks []netip.Prefix) (p proxies) {
	for _, n := range slices.SortedFunc(slices.Values(networks), netip.Prefix.Compare) {
		if len(p) == 0 || !p[len(p)-1].Contains(n.Addr()) {
			p = append(p, n.Masked())
		}
	}
	return p
}

func (p proxies) trust(a netip.Addr) bool {
	i, first := slices.BinarySearchFunc(p, a, func(n netip.Prefix, a netip.Addr) int { return n.Addr().Compare(a) })
	return first || i > 0 && p[i-1].Contains(a)
}

// forwardedFor is the field to which every proxy appends the address that has connected to it.
const forwardedFor = "X-Forwarded-For"

// Bounds of what is read of a chain of proxies. What lies farther away is not believed.
const (
	maxHops       = 32
	maxChainBytes = 2 << 10
)

// client returns the address of the one who asked a trusted peer: the nearest of the chain, which is written from the
// client to the last proxy over all lines, that is no trusted proxy. Everything to the left of that address is only what
// somebody claims. Where the chain ends early, is too long, or holds something else than an address, the client is the last
// one that a trusted proxy has seen.
func (p proxies) client(peer netip.Addr, lines [][]byte) netip.Addr {
	seen := peer
	hops := chain{lines: lines, left: maxChainBytes}
	for range maxHops {
		hop, ok := hops.previous()
		if !ok {
			break
		}
		if len(hop) == 0 {
			continue // an empty element is none (RFC 9110 §5.6.1.2)
		}
		address, ok := parseHop(view(hop))
		if !ok {
			break
		}
		seen = address
		if !p.trust(seen) {
			break
		}
	}
	return seen
}

// chain walks the elements of a list over several lines from the last to the first.
type chain struct {
	lines [][]byte // not begun
	line  []byte   // what is left of the one that was begun
	begun bool
	left  int // how many bytes may still be looked at
}

func (c *chain) previous() (element []byte, ok bool) {
	if !c.begun {
		if len(c.lines) == 0 {
			return nil, false
		}
		last := len(c.lines) - 1
		c.line, c.lines, c.begun = c.lines[last], c.lines[:last], true
	}
	visible := c.line[max(0, len(c.line)-c.left):]
	comma := bytes.LastIndexByte(visible, ',')
	if comma < 0 && len(visible) < len(c.line) {
		return nil, false
	}
	element = visible[comma+1:]
	c.left -= len(element) + 1
	c.line, c.begun = c.line[:max(0, len(c.line)-len(element)-1)], comma >= 0
	return bytes.Trim(element, " \t"), c.left >= 0
}

// parseHop reads an address as proxies write it: alone or with a port, IPv6 then in brackets.
func parseHop(s string) (netip.Addr, bool) {
	if inner, bracketed := strings.CutPrefix(s, "["); bracketed {
		inside, port, closed := strings.Cut(inner, "]")
		address, ok := parseAddress(inside)
		return address, ok && closed && strings.Contains(inside, ":") && (port == "" || port[0] == ':' && isPort(port[1:]))
	}
	host, port, _ := strings.Cut(s, ":")
	switch {
	case len(host) == len(s), strings.Contains(port, ":"):
		return parseAddress(s)
	default:
		address, ok := parseAddress(host)
		return address, ok && isPort(port)
	}
}

// parseAddress reads an IP address without a zone: one that is not of this machine has none, and an error of the library
// would hold what it could not read.
func parseAddress(s string) (netip.Addr, bool) {
	for i := range len(s) {
		if c := s[i]; !isHexDigit(c) && c != '.' && c != ':' {
			return netip.Addr{}, false
		}
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

// isPort reports whether s is a number from 0 to 65535 without leading zeros.
func isPort(s string) bool {
	n := 0
	for i := range len(s) {
		if n = 10*n + int(s[i]-'0'); s[i] < '0' || s[i] > '9' || n > 65535 {
			return false
		}
	}
	return len(s) == 1 || len(s) > 1 && s[0] != '0'
}
