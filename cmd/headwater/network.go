package main

import (
	"errors"
	"net/netip"
)

// network is a flag for the addresses that a credential is good for; the zero value is all.
type network struct{ netip.Prefix }

// Set implements pflag.Value.
func (n *network) Set(text string) error {
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		address = address.Unmap()
		n.Prefix = netip.PrefixFrom(address, address.BitLen())
		return nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix != prefix.Masked() || prefix.Addr().Is4In6() {
		return errors.New("want an address such as 192.0.2.7, or a network such as 192.0.2.0/24 or 2001:db8::/32")
	}
	n.Prefix = prefix
	return nil
}

// String implements pflag.Value: the default, which is none.
func (n *network) String() string { return "" }

// Type implements pflag.Value.
func (n *network) Type() string { return "NETWORK" }
