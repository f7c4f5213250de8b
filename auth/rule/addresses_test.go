package rule

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
)

func addresses(t testing.TB, allow, deny string) *Addresses {
	t.Helper()
	a, err := NewAddresses(strings.Fields(allow), strings.Fields(deny))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAddresses(t *testing.T) {
	f := func(network, client string, want bool) {
		t.Helper()
		address := netip.MustParseAddr(client)
		if got := addresses(t, network, "").Allows(address); got != want {
			t.Errorf("%q allows %v: %v", network, address, got)
		}
		if got := addresses(t, "", network).Allows(address); got == want {
			t.Errorf("%q denies %v: %v", network, address, !got)
		}
	}
	f("192.0.2.1", "192.0.2.1", true)
	f("192.0.2.1", "192.0.2.2", false)
	f("192.0.2.1", "::ffff:192.0.2.1", true)
	f("::ffff:192.0.2.1", "192.0.2.1", true)
	f("::FFFF:192.0.2.0/120", "192.0.2.255", true)
	f("::ffff:192.0.2.0/120", "192.0.3.0", false)
	f("::ffff:0:0/96", "255.255.255.255", true)
	f("192.0.2.1", "::192.0.2.1", false)
	f("192.0.2.128/25", "192.0.2.127", false)
	f("192.0.2.128/25", "192.0.2.128", true)
	f("192.0.2.128/25", "192.0.2.255", true)
	f("192.0.2.128/25", "192.0.3.0", false)
	f("0.0.0.0/0", "255.255.255.255", true)
	f("0.0.0.0/0", "0.0.0.0", true)
	f("0.0.0.0/0", "::", false)
	f("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true)
	f("::/0", "::ffff:192.0.2.1", false)
	f("::/0", "192.0.2.1", false)
	f("2001:DB8:0:0:0:0:0:0/32", "2001:db8:ffff::1", true)
	f("2001:db8::/32", "2001:db9::", false)
	f("fe80::/10", "fe80::1%eth0", true)
	// What overlaps, encloses, is next to each other, or there twice.
	f("10.0.0.0/8 10.1.0.0/16 10.0.0.0/24", "10.2.0.1", true)
	f("10.1.0.0/16 10.0.0.0/8 10.1.0.0/16", "10.255.255.255", true)
	f("10.0.0.0/25 10.0.0.128/25", "10.0.0.128", true)
	f("10.0.0.0/24 10.0.2.0/24", "10.0.1.0", false)
	f("255.255.255.255 ::", "::", true)
	f("255.255.255.255 ::", "255.255.255.254", false)
}

func TestAddressesBothLists(t *testing.T) {
	a := addresses(t, "10.0.0.0/8 2001:db8::/32", "10.1.0.0/16 2001:db8:1::/48")
	for client, want := range map[string]bool{
		"10.0.0.1": true, "10.1.0.1": false, "11.0.0.1": false, "2001:db8::1": true, "2001:db8:1::1": false, "::1": false,
	} {
		if got := a.Allows(netip.MustParseAddr(client)); got != want {
			t.Errorf("%s: %v", client, got)
		}
	}
	if a.Allows(netip.Addr{}) || addresses(t, "", "").Allows(netip.Addr{}) || addresses(t, "", "::1").Allows(netip.Addr{}) {
		t.Error("whoever has no address is allowed")
	}
	if !addresses(t, "", "").Allows(netip.MustParseAddr("::1")) {
		t.Error("no lists deny")
	}
}

// TestAddressesMany compares with asking each of 10,000 networks.
func TestAddressesMany(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	networks := manyNetworks(r, 10_000)
	texts := make([]string, len(networks))
	for i, n := range networks {
		texts[i] = n.String()
	}
	a, err := NewAddresses(texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for range 2000 {
		client := randomAddress(r)
		want := false
		for _, n := range networks {
			want = want || n.Contains(client)
		}
		if got := a.Allows(client); got != want {
			t.Fatalf("%v: %v, want %v", client, got, want)
		}
		if want {
			found++
		}
	}
	if found < 200 || found > 1800 {
		t.Errorf("%d of 2000 are in the list, which shows little", found)
	}
}

func manyNetworks(r *rand.Rand, n int) []netip.Prefix {
	all := make([]netip.Prefix, n)
	for i := range all {
		address := randomAddress(r)
		all[i] = netip.PrefixFrom(address, address.BitLen()-r.IntN(18)).Masked()
	}
	return all
}

// randomAddress returns one of a /4 of IPv4, or one of a /104 of IPv6.
func randomAddress(r *rand.Rand) netip.Addr {
	if r.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, r.Uint32()&0x0fffffff)))
	}
	bytes := netip.MustParseAddr("2001:db8::").As16()
	binary.BigEndian.PutUint32(bytes[12:], r.Uint32()&0x00ffffff)
	return netip.AddrFrom16(bytes)
}

func TestParsePrefix(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, err := ParsePrefix(text)
		if text := got.String(); err != nil || text != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	f("192.0.2.1", "192.0.2.1/32")
	f("192.0.2.0/24", "192.0.2.0/24")
	f("2001:DB8:0:0:0:0:0:1", "2001:db8::1/128")
	f("2001:DB8::/32", "2001:db8::/32")
	f("::ffff:1.2.3.4", "1.2.3.4/32")
	f("::ffff:1.2.3.0/120", "1.2.3.0/24")
	f("0.0.0.0/0", "0.0.0.0/0")
	for text, want := range map[string]string{
		"": "want one", "x": "want one", "1.2.3": "want one", "1.2.3.4.5": "want one", "01.2.3.4": "want one", "1.2.3.4/33": "want one",
		"1.2.3.4/": "want one", "1.2.3.4/+8": "want one", "1.2.3.4/08": "want one", " 1.2.3.4": "want one", "fe80::1%eth0": "want one",
		"fe80::%eth0/10": "want one", "[::1]": "want one", "1.2.3.4:80": "want one", "10.0.0.1/8": "the network is 10.0.0.0/8",
		"2001:db8::1/32": "the network is 2001:db8::/32",
	} {
		if got, err := ParsePrefix(text); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	_, err := NewAddresses([]string{"a", "b"}, []string{"c"})
	for _, want := range []string{`"a"`, `"b"`, `"c"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
