package cat

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// address and prefix are the forms of RFC 9164.
func address(number uint64, bytes ...byte) cbor.Tag { return cbor.Tag{Number: number, Content: bytes} }

func prefix(number uint64, bits any, bytes ...byte) cbor.Tag {
	return cbor.Tag{Number: number, Content: []any{bits, append([]byte{}, bytes...)}}
}

func TestClaims(t *testing.T) {
	got, err := verified(t, mint(t, m{
		1: "issuer", 2: "user", 3: []string{"a", "b"}, 4: 2000, 5: 1000, 6: 1500, 7: []byte{0xab, 0xcd},
		308: 1, 310: 1,
		311: []any{
			address(52, 192, 0, 2, 7), prefix(52, 24, 198, 51, 100), prefix(52, 24, 203, 0, 113, 0), prefix(52, 0),
			address(54, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), prefix(54, 32, 0x20, 1, 0xd, 0xb8),
		},
		312: m{3: m{1: "/v/film/"}}, 313: []string{"GET", "HEAD"}, 316: []string{"SE", "de"},
		// What is passed over.
		320: "data", 322: m{4: []any{307, m{}}}, 323: m{0: 0, 1: 60}, -1: "private", -70000: nil, "own": m{1: m{}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := Claims{
		ID: "abcd", Issuer: "issuer", Subject: "user", Audience: []string{"a", "b"},
		Issued: time.Unix(1500, 0), NotBefore: time.Unix(1000, 0), Expires: time.Unix(2000, 0),
		Networks: []netip.Prefix{
			netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
			netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("2001:db8::/32"),
		},
		Countries: []string{"SE", "DE"}, Methods: []string{"GET", "HEAD"}, Once: true,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{}), cmpopts.IgnoreFields(Claims{}, "URI")); diff != "" {
		t.Error(diff)
	}
	if !got.URI.Matches("https", "example.com", "/v/film/hls/master.m3u8") || got.URI.Matches("https", "example.com", "/v/other/hls/master.m3u8") {
		t.Error("URI")
	}
}

func TestClaimsRejected(t *testing.T) {
	f := func(claim, value any, want error) {
		t.Helper()
		got, err := verified(t, mint(t, m{claim: value}))
		if !errors.Is(err, want) {
			t.Errorf("%v: %v: got %+v, %v, want %v", claim, value, got, err, want)
		}
	}
	// Limits that are not understood, under their keys and those of before.
	for _, claim := range []int{0, 8, 9, 10, 40, 41, 42, 43, 44, 45, 267, 269, 270, 271, 272, 273, 278, 279, 280, 281, 282,
		309, 314, 315, 317, 318, 319, 321, 324, 325, 326, 327, 328, 65536, 1 << 40} {
		f(claim, 1, ErrUnsupported)
		f(claim, nil, ErrUnsupported)
	}
	// Limits that are understood in part.
	f(308, 2, ErrUnsupported)
	f(308, -1, ErrUnsupported)
	f(310, 2, ErrUnsupported)
	f(310, 0, ErrUnsupported)
	f(311, []any{address(52, 192, 0, 2, 7), 64496}, ErrUnsupported)
	f(311, []any{address(260, 192, 0, 2, 7)}, ErrUnsupported)
	f(311, []any{cbor.Tag{Number: 54, Content: []any{make([]byte, 16), 64, "eth0"}}}, ErrUnsupported)
	f(316, []string{"SE", "US-CA"}, ErrUnsupported)
	f(316, []string{"SWE"}, ErrUnsupported)
	f(316, []string{"é"}, ErrUnsupported)
	for _, component := range []any{2, 4, 5, 9, -1, "path"} {
		f(312, m{component: m{0: "x"}}, ErrUnsupported)
	}
	for _, way := range []any{4, 5, -1, -2, "0"} {
		f(312, m{3: m{way: "x"}}, ErrUnsupported)
	}
	f(312, m{3: m{4: []string{"^/v/"}}}, ErrUnsupported)
	// Values that would leave a limit out.
	f(308, 1, ErrMalformed) // without cti
	for _, claim := range []int{1, 2, 3, 4, 5, 6, 7, 308, 310, 311, 312, 313, 316} {
		f(claim, nil, ErrMalformed)
		f(claim, 1.5, ErrMalformed)
		f(claim, cbor.SimpleValue(23), ErrMalformed) // undefined
		f(claim, cbor.Tag{Number: 1, Content: 1}, ErrMalformed)
	}
	for _, claim := range []int{3, 311, 313, 316} {
		f(claim, []any{}, ErrMalformed)
		f(claim, []any{nil}, ErrMalformed)
		f(claim, []any{""}, ErrMalformed)
		f(claim, m{}, ErrMalformed)
	}
	for _, claim := range []int{1, 2, 3} {
		f(claim, "", ErrMalformed)
		f(claim, []byte("bytes"), ErrMalformed)
	}
	f(3, []any{"a", 1}, ErrMalformed)
	for _, claim := range []int{4, 5, 6} {
		f(claim, -1, ErrMalformed)
		f(claim, "1700000000", ErrMalformed)
		f(claim, int64(maxTime+1), ErrMalformed)
		f(claim, uint64(1<<63), ErrMalformed)
	}
	f(7, []byte{}, ErrMalformed)
	f(7, "text", ErrMalformed)
	f(311, []any{address(52, 192, 0, 2)}, ErrMalformed)
	f(311, []any{address(54, 192, 0, 2, 7)}, ErrMalformed)
	f(311, []any{cbor.Tag{Number: 52, Content: "192.0.2.7"}}, ErrMalformed)
	f(311, []any{"192.0.2.7"}, ErrMalformed)
	f(311, []any{prefix(52, 33, 192, 0, 2, 7)}, ErrMalformed)
	f(311, []any{prefix(52, 24, 192, 0, 2, 7)}, ErrMalformed)
	f(311, []any{prefix(52, 24, 192, 0, 2, 0, 0)}, ErrMalformed)
	f(311, []any{prefix(52, -1, 192)}, ErrMalformed)
	f(311, []any{prefix(52, nil, 192)}, ErrMalformed)
	f(311, []any{cbor.Tag{Number: 52, Content: []any{0, nil}}}, ErrMalformed)
	f(312, m{3: nil}, ErrMalformed)
	f(312, m{3: "x"}, ErrMalformed)
	f(312, m{3: m{0: nil}}, ErrMalformed)
	f(312, m{3: m{0: []byte("x")}}, ErrMalformed)
	f(312, m{1.5: m{0: "x"}}, ErrMalformed)
	f(true, 1, ErrMalformed)
}

func TestURI(t *testing.T) {
	f := func(limits m, url string, want bool) {
		t.Helper()
		claims, err := verified(t, mint(t, m{312: limits}))
		if err != nil {
			t.Fatal(err)
		}
		scheme, rest, _ := strings.Cut(url, "://")
		host, path, _ := strings.Cut(rest, "/")
		if got := claims.URI.Matches(scheme, host, "/"+path); got != want {
			t.Errorf("%v of %s: %t, want %t", limits, url, got, want)
		}
	}
	const url = "https://video.example.com/v/film/hls/master.m3u8"
	f(m{}, url, true)
	f(m{3: m{}}, url, true)
	f(m{0: m{0: "https"}, 1: m{2: ".Example.com"}}, url, true)
	f(m{0: m{0: "http"}}, url, false)
	f(m{1: m{2: ".example.com"}}, "https://VIDEO.EXAMPLE.COM/", true)
	f(m{1: m{2: ".example.com"}}, "https://example.com.evil.org/", false)
	f(m{3: m{0: "/v/film/hls/master.m3u8"}}, url, true)
	f(m{3: m{0: "/V/film/hls/master.m3u8"}}, url, false)
	f(m{3: m{1: "/v/film/"}}, url, true)
	f(m{3: m{1: "/v/film/"}}, "https://video.example.com/v/%66ilm/hls/master.m3u8", false)
	f(m{3: m{1: "/v/film/", 2: "/master.m3u8"}}, url, true)
	f(m{3: m{1: "/v/film/", 2: ".mpd"}}, url, false) // all must hold
	f(m{3: m{3: "/hls/"}}, url, true)
	f(m{3: m{3: "/dash/"}}, url, false)
	f(m{6: m{0: "master.m3u8"}}, url, true)
	f(m{6: m{0: "hls"}}, url, false)
	f(m{7: m{0: "master"}, 8: m{0: ".m3u8"}}, url, true)
	f(m{8: m{0: "m3u8"}}, url, false)
	f(m{8: m{0: ""}, 7: m{0: "hls"}}, "https://video.example.com/v/film/hls", true)
	f(m{8: m{0: ".gz"}}, "https://video.example.com/a.tar.gz", false)
	f(m{8: m{0: ".tar.gz"}}, "https://video.example.com/a.tar.gz", false)
	f(m{7: m{0: "a"}}, "https://video.example.com/a.tar.gz", false)
	if !(URI{}).Matches("", "", "") {
		t.Error("no limits at all")
	}
}
