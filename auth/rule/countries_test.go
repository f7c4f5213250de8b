package rule

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// country returns a record as country databases have it, with texts beside the code that are not looked for.
func country(key, code string) mmdbtype.Map {
	return mmdbtype.Map{
		"continent": mmdbtype.Map{"code": mmdbtype.String("XX"), "names": mmdbtype.Map{"en": mmdbtype.String("Somewhere")}},
		mmdbtype.String(key): mmdbtype.Map{
			"geoname_id": mmdbtype.Uint32(2921044), "iso_code": mmdbtype.String(code),
			"names": mmdbtype.Map{"en": mmdbtype.String("A country"), "de": mmdbtype.String("Ein Land")},
		},
	}
}

// placed is a record of a network.
type placed struct {
	network string
	record  mmdbtype.DataType
}

// database writes a database; later records outweigh earlier ones.
func database(t testing.TB, kind string, records []placed) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range records {
		_, network, err := net.ParseCIDR(p.network)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, p.record); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := tree.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func testDatabase(t testing.TB, kind string) []byte {
	t.Helper()
	both := country("country", "DE")
	both["registered_country"] = country("x", "FR")["x"]
	return database(t, kind, []placed{
		{"1.0.0.0/24", both},
		{"1.0.1.0/24", country("registered_country", "FR")},
		{"1.0.2.0/24", country("country", "fr")},
		{"1.0.3.0/24", country("country", "FRA")},
		{"1.0.4.0/24", country("country", "")},
		{"1.0.5.0/24", mmdbtype.Map{"country": mmdbtype.String("DE")}},
		{"1.0.6.0/24", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.Uint32(7)}}},
		{"1.0.7.0/24", mmdbtype.String("DE")},
		{"1.0.8.0/24", mmdbtype.Map{}},
		{"1.0.9.0/24", country("represented_country", "US")},
		{"2a00:1::/32", country("country", "GB")},
		{"2a00:2::/32", country("country", "DE")},
		{"2a00:2:1::/48", country("country", "AT")},
	})
}

func openTest(t testing.TB) *CountryDatabase {
	t.Helper()
	d, err := OpenCountries(testDatabase(t, "GeoLite2-Country"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCountryDatabase(t *testing.T) {
	d := openTest(t)
	f := func(address, want string) {
		t.Helper()
		for range 2 { // the second time from memory
			code, ok := d.Country(netip.MustParseAddr(address))
			if got := strings.Trim(string(code[:]), "\x00"); got != want || ok != (want != "") {
				t.Errorf("%s: %q, %v, want %q", address, got, ok, want)
			}
		}
	}
	f("1.0.0.1", "DE")
	f("::ffff:1.0.0.1", "DE")
	f("1.0.1.255", "FR")
	f("2a00:1::1", "GB")
	f("2a00:2:0:ffff::1", "DE")
	f("2a00:2:1::1", "AT")
	f("2a00:2:1::1%eth0", "AT")
	for _, unknown := range []string{
		"1.0.2.1", "1.0.3.1", "1.0.4.1", "1.0.5.1", "1.0.6.1", "1.0.7.1", "1.0.8.1", "1.0.9.1", "9.9.9.9", "127.0.0.1", "10.0.0.1", "::1", "2001:db8::1",
	} {
		f(unknown, "")
	}
	if code, ok := d.Country(netip.Addr{}); ok {
		t.Errorf("no address is in %s", code)
	}
}

func TestOpenCountries(t *testing.T) {
	for _, kind := range []string{"GeoIP2-City", "GeoLite2-Country", "DBIP-Country-Lite", "GeoIP2-Enterprise"} {
		if _, err := OpenCountries(testDatabase(t, kind)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, kind := range []string{"GeoLite2-ASN", "", "Anything"} {
		if _, err := OpenCountries(testDatabase(t, kind)); err == nil || !strings.Contains(err.Error(), "GeoLite2-Country") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	whole := testDatabase(t, "GeoLite2-Country")
	for _, data := range [][]byte{nil, {}, []byte("\xab\xcd\xefMaxMind.com"), whole[:len(whole)/2], []byte("country,iso_code\n")} {
		if _, err := OpenCountries(data); err == nil || !strings.Contains(err.Error(), "country database: ") {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
}

func TestCountries(t *testing.T) {
	d := openTest(t)
	f := func(allow, deny string, allowUnknown bool, want map[string]bool) {
		t.Helper()
		c, err := NewCountries(d, strings.Fields(allow), strings.Fields(deny), allowUnknown)
		if err != nil {
			t.Fatal(err)
		}
		for client, want := range want {
			if got := c.Allows(netip.MustParseAddr(client)); got != want {
				t.Errorf("allow %q, deny %q: %s: %v", allow, deny, client, got)
			}
		}
	}
	const german, french, british, unknown = "1.0.0.1", "1.0.1.1", "2a00:1::1", "9.9.9.9"
	f("DE fr", "", false, map[string]bool{german: true, french: true, british: false, unknown: false})
	f("", "GB", true, map[string]bool{german: true, french: true, british: false, unknown: true})
	f("DE FR", "FR", true, map[string]bool{german: true, french: false, british: false, unknown: true})
	f("", "", false, map[string]bool{german: true, british: true, unknown: false})
}

// anywhere says of all addresses that they are in a country.
type anywhere Code

func (a anywhere) Country(netip.Addr) (Code, bool) { return Code(a), true }

func TestCountriesOfStrangeLocators(t *testing.T) {
	for _, code := range []anywhere{{}, {'a', 'a'}, {'Z', 'Z'}, {0xff, 0xff}, {'A', '['}} {
		allow, err := NewCountries(code, []string{"DE"}, nil, true)
		if err != nil {
			t.Fatal(err)
		}
		if allow.Allows(netip.Addr{}) {
			t.Errorf("%q is allowed", code)
		}
	}
}

func TestCountriesBadLists(t *testing.T) {
	d := openTest(t)
	for text, want := range map[string]string{
		"": "two letters", "D": "two letters", "DEU": "two letters", "276": "two letters", "ZZ": "two letters", "EU": "two letters",
		"d!": "two letters", "é": "two letters", "\x00D": "two letters", "UK": "the code is GB", "DD": "the code is DE",
	} {
		_, err := NewCountries(d, []string{"DE", text}, nil, true)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	_, err := NewCountries(nil, []string{"X"}, []string{"Y"}, true)
	for _, want := range []string{"configure one", `"X"`, `"Y"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzOpenCountries wants of any file that it is refused, or answers, as far as a file can.
func FuzzOpenCountries(f *testing.F) {
	whole := testDatabase(f, "GeoLite2-Country")
	f.Add(whole, uint32(0x01000001))
	f.Add(whole[len(whole)/3:], uint32(0x01000001))
	f.Add([]byte("\xab\xcd\xefMaxMind.com\xe1"), uint32(0))
	f.Fuzz(func(t *testing.T, file []byte, low uint32) {
		d, err := OpenCountries(file)
		if err != nil {
			return
		}
		v4 := [4]byte{byte(low >> 24), byte(low >> 16), byte(low >> 8), byte(low)}
		for _, address := range []netip.Addr{netip.AddrFrom4(v4), netip.AddrFrom16([16]byte{0x2a, 0, v4[0], v4[1], v4[2], v4[3]})} {
			if code, ok := d.Country(address); ok && !code.isLetters() {
				t.Errorf("%v is in %q", address, code)
			}
		}
	})
}
