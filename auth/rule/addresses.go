package rule

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// Addresses is a rule about client addresses.
type Addresses struct {
	allow, deny spans
	restricted  bool // there is an allow list
}

// NewAddresses compiles lists of what [ParsePrefix] takes. Nothing of IPv6 covers an IPv4 address, not even ::/0. The error
// names every entry that is none.
func NewAddresses(allow, deny []string) (*Addresses, error) {
	allowed, err1 := newSpans(allow)
	denied, err2 := newSpans(deny)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &Addresses{allow: allowed, deny: denied, restricted: len(allow) > 0}, nil
}

// Allows reports whether the client may be answered. IPv4 addresses that are mapped into IPv6 (RFC 4291 §2.5.5.2) count as
// what they are, zones do not count, and the zero Addr is refused.
func (a *Addresses) Allows(client netip.Addr) bool {
	if !client.IsValid() {
		return false
	}
	client = client.Unmap().WithZone("")
	return !a.deny.contain(client) && (!a.restricted || a.allow.contain(client))
}

// ParsePrefix reads a network such as 192.0.2.0/24 or 2001:DB8::/32, or an address, which is a network of one. What is
// mapped from IPv4 becomes IPv4. Networks with bits beyond their length are refused, because it is anyone's guess which half
// is the mistake.
func ParsePrefix(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("address %q: want one such as 192.0.2.1 or 2001:db8::1, or a network such as 192.0.2.0/24", text)
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	if whole := prefix.Masked(); whole != prefix {
		return netip.Prefix{}, fmt.Errorf("address %q: the network is %v; write that, or the address alone", text, whole)
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= mappedBits {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mappedBits)
	}
	return prefix, nil
}

// mappedBits are what mapped addresses have in front of those of IPv4.
const mappedBits = 96

// span is a range of addresses of one family, ends included.
type span struct{ from, to netip.Addr }

// spans are apart from each other, in ascending order; those of IPv4 come first.
type spans []span

func newSpans(networks []string) (spans, error) {
	all := make(spans, 0, len(networks))
	var problems []error
	for _, network := range networks {
		prefix, err := ParsePrefix(network)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		all = append(all, span{prefix.Addr(), lastOf(prefix)})
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	return all.merged(), errors.Join(problems...)
}

// lastOf returns the highest address of a network.
func lastOf(network netip.Prefix) netip.Addr {
	bytes, bits := network.Addr().As16(), network.Bits()
	if network.Addr().Is4() {
		bits += mappedBits
	}
	for i := bits; i < 128; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last := netip.AddrFrom16(bytes)
	if network.Addr().Is4() {
		return last.Unmap()
	}
	return last
}

// merged joins what overlaps; ss is in ascending order.
func (ss spans) merged() spans {
	apart := ss[:0]
	for _, s := range ss {
		if n := len(apart); n > 0 && s.from.Compare(apart[n-1].to) <= 0 {
			if s.to.Compare(apart[n-1].to) > 0 {
				apart[n-1].to = s.to
			}
			continue
		}
		apart = append(apart, s)
	}
	return apart
}

func (ss spans) contain(address netip.Addr) bool {
	low, high := 0, len(ss) // ss[low-1] begins at or below the address, ss[high] above
	for low < high {
		middle := int(uint(low+high) >> 1)
		if ss[middle].from.Compare(address) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low > 0 && address.Compare(ss[low-1].to) <= 0
}
