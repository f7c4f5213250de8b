package cat

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"headwater/auth/jws"
)

// Keys of RFC 8392 A.2, which node-cat uses as well.
const (
	rfcSecret = "403697de87af64611c1d32a05dab0fe1fcb715a86ab435f1ec99192d79569388"
	rfcPoint  = "04" + "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f" +
		"60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9"
)

// Tokens that others have published.
const (
	rfcSigned = "d28443a10126a104524173796d6d657472696345434453413235365850a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b" + // RFC 8392 A.3
		"77037818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b7158405427c1ff28d23fba" +
		"d1f29c4c7c6a555e601d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee743a52b9b63632c57209120e1c9e30"
	rfcMACed = "d83dd18443a10104a1044c53796d6d65747269633235365850a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818" + // RFC 8392 A.4
		"636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b7148093101ef6d789200"
	// Of node-cat (tests of Eyevinn/node-cat 0.16).
	nodeIssuer   = "2D3RhEOhAQWhBFBha2FtYWlfa2V5X2hzMjU2WCijAXgYY29hcDovL2pvbmFzLmV4YW1wbGUuY29tBhpn1JipBRpn1JipWCCX4nQb8SYQoa0SFLxE2Rh35DdTjoA9TzOSy1IP9O1BGQ"
	nodeExpiry   = "2D3RhEOhAQWhBFBha2FtYWlfa2V5X2hzMjU2U6MEGnUCOrsGGmfXRKwFGmfXRKxYIOM6yRx830uqAamWFv1amFYRa5vaV2z5lIQTqFEvFh8z"
	nodeAudience = "2D3RhEOhAQWhBFBha2FtYWlfa2V5X2hzMjU2V6MDgmNvbmVjdHdvBhpn12R8BRpn12R8WCAdnSbUN4KbIvaHLn-q4f4YRpfq6ERYotByjbIyZ-EkfQ"
	nodeTextual  = "0YRDoQEFoQRMU3ltbWV0cmljMjU2eDZkOTAxMDNhMTAxNzU2MzZmNjE3MDNhMmYyZjYxNzMyZTY1Nzg2MTZkNzA2YzY1MmU2MzZmNmRYIDL8dIteq8pMXXX9oL4eo2NX1kQUaselV6p_JHSEVXWX"
	// Written by node-cat 0.16.4 for this test, with every claim that both know.
	nodeAll = "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZY4K4BZ2V5ZXZpbm4CZWpvbmFzA4Jjb25lY3R3bwQacT-zAAUaa0nSAAYaa0nSAAdQpHAZr2MF02UqkYrjVswsohkBNAEZATYBGQE3hNg0RMCoAQrY" +
		"NIIYGETAqAEA2DZQIAENuPPCFWrjkXuklw8Sv9g2ghg4UCABDbgAACAAAAAAAAAAAAAZATijAKEAZWh0dHBzA6EBaC92L2ZpbG0vCKEAZS5tM3U4GQE5gmNHRVRkSEVBRBkBPIFiU0UZAUOkAAIEd2N0" +
		"YS1jb21tb24tYWNjZXNzLXRva2VuARh4Ahg8WCBAtq8FtCzzyEwSqGQ_GMRRjiTalA0eF8zZc5Uv23wpWA"
	nodeSystem = "2D3RhEOhAQWhBExTeW1tZXRyaWMyNTZYHKMBZ2V5ZXZpbm4ZATeC2DREwKgBChn78BkBNgFYIHj-JCOwQvHSp2GoPqV5wW2DfdfZueNoC0v8nH5g9KKv"
	// Of a generator that knows catr as 278, as libraries did before the claims were registered.
	oldRenewal = "2D3RhEOhAQWhBFBha2FtYWlfa2V5X2hzMjU2WCqlBBptDunmAmxUaGVDYXRIdW50ZXIZARaiAAIBGEYGGmcZWXoFGmcZWXpYIDWdOGh_yV1OZx6eGrJ7RyjcXZM4FhDS9DGXyHMl_toU"
)

func TestVectors(t *testing.T) {
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), unhex(t, rfcPoint))
	if err != nil {
		t.Fatal(err)
	}
	es256, err := jws.ECDSA(public)
	if err != nil {
		t.Fatal(err)
	}
	hs256 := jws.HMAC(unhex(t, rfcSecret))
	f := func(text, kid string, k jws.Key, want Claims) {
		t.Helper()
		token, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := token.Verify(k); err != nil {
			t.Errorf("%v", err)
		}
		if diff := cmp.Diff(want, token.Claims, cmpopts.IgnoreFields(Claims{}, "URI"), cmpopts.EquateComparable(netip.Prefix{})); diff != "" || token.KeyID != kid || token.Algorithm != k.Algorithm() {
			t.Errorf("key %q, algorithm %q, claims:\n%s", token.KeyID, token.Algorithm, diff)
		}
	}
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	f(encoding.EncodeToString(unhex(t, rfcSigned)), "AsymmetricECDSA256", es256, Claims{
		ID: "0b71", Issuer: "coap://as.example.com", Subject: "erikw", Audience: []string{"coap://light.example.com"},
		Issued: at(1443944944), NotBefore: at(1443944944), Expires: at(1444064944),
	})
	f(nodeIssuer, "akamai_key_hs256", hs256, Claims{Issuer: "coap://jonas.example.com", Issued: at(1741985961), NotBefore: at(1741985961)})
	f(nodeExpiry, "akamai_key_hs256", hs256, Claims{Issued: at(1742161068), NotBefore: at(1742161068), Expires: at(1963080379)})
	f(nodeAudience, "akamai_key_hs256", hs256, Claims{Audience: []string{"one", "two"}, Issued: at(1742169212), NotBefore: at(1742169212)})
	f(nodeAll, "Symmetric256", hs256, Claims{
		ID: "a47019af6305d3652a918ae356cc2ca2", Issuer: "eyevinn", Subject: "jonas", Audience: []string{"one", "two"},
		Issued: at(1800000000), NotBefore: at(1800000000), Expires: at(1900000000),
		Networks: []netip.Prefix{
			netip.MustParsePrefix("192.168.1.10/32"), netip.MustParsePrefix("192.168.1.0/24"),
			netip.MustParsePrefix("2001:db8:f3c2:156a:e391:7ba4:970f:12bf/128"), netip.MustParsePrefix("2001:db8:0:2000::/56"),
		},
		Countries: []string{"SE"}, Methods: []string{"GET", "HEAD"}, Once: true,
	})
}

// TestVectorURI: nodeAll is for https, below /v/film/, and ".m3u8".
func TestVectorURI(t *testing.T) {
	token, err := Parse(nodeAll)
	if err != nil {
		t.Fatal(err)
	}
	if limits := token.Claims.URI; !limits.Matches("https", "a.example", "/v/film/hls/master.m3u8") || limits.Matches("http", "a.example", "/v/film/hls/master.m3u8") ||
		limits.Matches("https", "a.example", "/v/other/hls/master.m3u8") || limits.Matches("https", "a.example", "/v/film/dash/manifest.mpd") {
		t.Errorf("%+v", limits)
	}
}

// TestVectorsRefused: a short tag, a payload that is text, an autonomous system, and a claim that might be a limit.
func TestVectorsRefused(t *testing.T) {
	f := func(text string, want error, part string) {
		t.Helper()
		if _, err := Parse(text); !errors.Is(err, want) || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %v with %q", err, want, part)
		}
	}
	f(encoding.EncodeToString(unhex(t, rfcMACed)), ErrUnsupported, "algorithm 4")
	f(nodeTextual, ErrMalformed, "wrong type")
	f(nodeSystem, ErrUnsupported, "autonomous system")
	f(oldRenewal, ErrUnsupported, "claim 278")
}
