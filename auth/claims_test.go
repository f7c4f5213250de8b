package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// comparePrefixes lets cmp compare claims.
var comparePrefixes = cmpopts.EquateComparable(netip.Prefix{})

func TestParseClaims(t *testing.T) {
	f := func(payload string, want Claims) {
		t.Helper()
		got, err := ParseClaims([]byte(payload))
		if err != nil {
			t.Fatalf("%s: %v", payload, err)
		}
		if diff := cmp.Diff(want, got, comparePrefixes); diff != "" {
			t.Errorf("%s: %s", payload, diff)
		}
	}
	at := func(seconds int64, milli time.Duration) time.Time {
		return time.Unix(seconds, 0).Add(milli * time.Millisecond).UTC()
	}
	f(`{"exp":1700000000}`, Claims{Expires: at(1700000000, 0)})
	f(`{"exp":17e8}`, Claims{Expires: at(1700000000, 0)})
	f(`{"exp":1700000000.5,"iat":0}`, Claims{Expires: at(1700000000, 500), Issued: at(0, 0)})
	f(`{"exp":253402300799}`, Claims{Expires: at(maxDate, 0)})
	f(`{"exp":1,"EXP":"x","Sub":7,"iss":["anything"],"admin":true}`, Claims{Expires: at(1, 0)})
	f(`{"exp":1,"once":false,"preview_link":false}`, Claims{Expires: at(1, 0)})
	f(`{"exp":1,"ip":"192.0.2.1"}`, Claims{Expires: at(1, 0), Client: netip.MustParsePrefix("192.0.2.1/32")})
	f(`{"exp":1,"ip":"::ffff:192.0.2.1"}`, Claims{Expires: at(1, 0), Client: netip.MustParsePrefix("192.0.2.1/32")})
	f(`{"exp":1,"ip":"2001:DB8::1"}`, Claims{Expires: at(1, 0), Client: netip.MustParsePrefix("2001:db8::1/128")})
	f(`{"sub":"film-1","jti":"a/b=","exp":4,"iat":2,"nbf":3,"ip":"10.0.0.0/8","user":"Jürgen \u00df","tracks":["v-1","a"],
		"max_height":720,"preview":30,"once":true,"referer":["*.example.com","=example.org"],"preview_link":true}`,
		Claims{ID: "a/b=", Asset: "film-1", User: "Jürgen ß", Issued: at(2, 0), NotBefore: at(3, 0), Expires: at(4, 0),
			Client: netip.MustParsePrefix("10.0.0.0/8"), Referers: []string{"*.example.com", "=example.org"}, Tracks: []string{"v-1", "a"},
			MaxHeight: 720, PreviewSeconds: 30, Once: true, Draft: true})
}

// TestParseClaims_Hostile: what is not right as a whole is nothing, and above all no credential without limits.
func TestParseClaims_Hostile(t *testing.T) {
	f := func(payload string) {
		t.Helper()
		if got, err := ParseClaims([]byte(payload)); !errors.Is(err, Malformed) || !cmp.Equal(got, Claims{}, comparePrefixes) {
			t.Errorf("%.100s: %+v, %v", payload, got, err)
		}
	}
	claim := func(name string, values ...string) {
		t.Helper()
		for _, value := range values {
			f(fmt.Sprintf(`{"exp":1,"jti":"x",%q:%s}`, name, value))
		}
	}
	for _, payload := range []string{``, `{}`, `null`, `[]`, `"x"`, `{"exp":1}{}`, `{"exp":1`, `{"exp":1,"exp":2}`, `{"exp":1,"\u0065xp":2}`,
		"{\"exp\":1,\"x\":\"\xff\"}", `{"iat":1}`, `{"EXP":1}`, `{"exp":1,"once":true}`, `{"exp":1,"preview_link":true}`,
		`{"exp":1,"x":"` + strings.Repeat("x", MaxToken) + `"}`, strings.Repeat("[", MaxToken), `{"exp":` + strings.Repeat("9", 400) + `}`} {
		f(payload)
	}
	for _, date := range []string{`null`, `"1"`, `-1`, `-0.1`, `253402300800`, `1e300`, `1e999`, `-1e999`, `NaN`, `true`, `[1]`, `{}`, `0x1`, `""`} {
		f(`{"exp":` + date + `}`)
		f(`{"exp":1,"iat":` + date + `}`)
		f(`{"exp":1,"nbf":` + date + `}`)
	}
	claim("sub", `null`, `""`, `"a/b"`, `"A"`, `"-a"`, `"a-"`, `".."`, `"a%2fb"`, `"film\u0000"`, `"ｆilm"`, `7`, `["film"]`, `"`+strings.Repeat("x", 65)+`"`)
	claim("user", `null`, `""`, `"\n"`, `"a\u0000"`, `"\ud800"`, `"\u202e"`, `"\u00a0"`, `7`, `{}`, `"`+strings.Repeat("x", maxText+1)+`"`)
	f(`{"exp":1,"jti":""}`)
	f(`{"exp":1,"jti":7}`)
	claim("ip", `null`, `""`, `"localhost"`, `"192.0.2.1/24"`, `"192.0.2.1/33"`, `"192.0.2.01"`, `"192.0.2"`, `"fe80::1%eth0"`, `"fe80::1%eth0/64"`,
		`"::ffff:192.0.2.0/120"`, `"192.0.2.1 "`, `"192.0.2.1:80"`, `"[::1]"`, `["192.0.2.1"]`, `"2001:db8::1/32"`)
	claim("tracks", `null`, `[]`, `[""]`, `[null]`, `["a","A"]`, `"a"`, `[1]`, `{"a":1}`, `["a+b"]`, `["a,b=c"]`, list(maxList+1))
	claim("referer", `null`, `[]`, `[""]`, `[null]`, `["a b"]`, `["a\n"]`, `["é"]`, `"example.com"`, `["`+strings.Repeat("x", maxReferer+1)+`"]`, list(maxList+1))
	claim("max_height", `null`, `0`, `-1`, `65537`, `1.5`, `1e2`, `"720"`, `true`, `99999999999999999999`)
	claim("preview", `null`, `0`, `-30`, `86401`, `0.5`, `"30"`)
	claim("once", `null`, `1`, `"true"`, `"false"`, `0`, `[]`)
	claim("preview_link", `null`, `1`, `"true"`, `{}`)
}

// list returns a JSON list of n ids.
func list(n int) string { return `["a"` + strings.Repeat(`,"a"`, n-1) + `]` }

func TestClaims_Check(t *testing.T) {
	good := Claims{Asset: "film", Issued: instant, NotBefore: instant.Add(10 * time.Second), Expires: instant.Add(100 * time.Second),
		Client: netip.MustParsePrefix("192.0.2.0/24")}
	const client = "192.0.2.7"
	f := func(want error, after time.Duration, asset, client string, change func(*Claims)) {
		t.Helper()
		c := good
		change(&c)
		address, _ := netip.ParseAddr(client)
		if got := c.Check(instant.Add(after), asset, address); got != want {
			t.Errorf("after %v, %s, %s: %v, want %v", after, asset, client, got, want)
		}
	}
	same := func(*Claims) {}
	f(nil, 0, "film", client, same)
	f(nil, -20*time.Second, "film", client, same) // skew
	f(NotYet, -20*time.Second-1, "film", client, same)
	f(nil, 100*time.Second-1, "film", client, same)
	f(Expired, 100*time.Second, "film", client, same)
	f(Expired, time.Hour, "film", client, same)
	f(Expired, 0, "film", client, func(c *Claims) { c.Expires = time.Time{} })
	f(nil, 0, "film", client, func(c *Claims) { c.NotBefore, c.Issued = time.Time{}, time.Time{} })
	f(nil, 0, "film", client, func(c *Claims) { c.Issued = instant.Add(30 * time.Second) })
	f(NotYet, 0, "film", client, func(c *Claims) { c.Issued = instant.Add(30*time.Second + 1) })
	f(WrongAsset, 0, "film2", client, same)
	f(WrongAsset, 0, "", client, same)
	f(nil, 0, "film2", client, func(c *Claims) { c.Asset = "" })
	f(WrongClient, 0, "film", "192.0.3.7", same)
	f(WrongClient, 0, "film", "2001:db8::1", same)
	f(WrongClient, 0, "film", "", same)
	f(nil, 0, "film", "::ffff:192.0.2.7", same)
	f(WrongClient, 0, "film", client, func(c *Claims) { c.Client = netip.PrefixFrom(c.Client.Addr(), 99) })
	f(nil, 0, "film", "", func(c *Claims) { c.Client = netip.Prefix{} })
}
