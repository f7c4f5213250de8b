package auth

import (
	"net/netip"
	"time"
)

// skew is how far the clocks of those who issue and those who verify may be apart, in seconds.
const skew = 30

// Check judges what credentials of every form say: the times, the asset of the URL, the address of the client. Its errors
// are each a [Cause]: [NotYet] when NotBefore or Issued is more than 30 s ahead, [Expired] from Expires on, [WrongAsset],
// [WrongClient]. It allocates nothing.
func (c *Claims) Check(now time.Time, asset string, client netip.Addr) error {
	latest := now.Add(skew * time.Second)
	switch {
	case !now.Before(c.Expires):
		return Expired
	case c.NotBefore.After(latest) || c.Issued.After(latest):
		return NotYet
	case c.Asset != "" && c.Asset != asset:
		return WrongAsset
	case !admits(c.Client, client):
		return WrongClient
	}
	return nil
}

// admits reports whether prefix, if there is one, contains client. An IPv4 address is the same when it is mapped into
// IPv6, and a zone is no part of it. A prefix that is not valid contains nobody.
func admits(prefix netip.Prefix, client netip.Addr) bool {
	return prefix == netip.Prefix{} || prefix.Contains(client.Unmap().WithZone(""))
}

// isCanonical reports whether there is no other way to write the addresses of p.
func isCanonical(p netip.Prefix) bool {
	return p == p.Masked() && !p.Addr().Is4In6()
}
