package cat

import (
	"testing"

	"github.com/fxamacker/cbor/v2"

	"headwater/auth/jws"
)

// FuzzParse: no bytes verify under a key that has signed nothing, and what is accepted holds what Claims promises.
func FuzzParse(f *testing.F) {
	for _, text := range []string{encoding.EncodeToString(unhex(f, rfcSigned)), encoding.EncodeToString(unhex(f, rfcMACed)), nodeIssuer, nodeAudience, oldRenewal,
		mint(f, m{1: "me", 311: []any{prefix(52, 24, 192, 0, 2)}, 312: m{3: m{1: "/v/"}}}), "", "2D3R"} {
		data, err := encoding.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	key := jws.HMAC([]byte("a secret that signed no token...."))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := Parse(encoding.EncodeToString(data))
		if err != nil {
			return
		}
		if token.Verify(key) == nil {
			t.Errorf("%x verifies", data)
		}
		checkClaims(t, token.Claims)
	})
}

// FuzzClaims: a payload that is accepted is refused with a limit added that is not understood.
func FuzzClaims(f *testing.F) {
	for _, claims := range []m{
		{1: "i", 2: "s", 3: "a", 4: 1, 5: 1, 6: 1, 7: []byte{1}, 308: 1, 310: 1}, {3: []string{"a"}, 313: []string{"GET"}, 316: []string{"SE"}},
		{311: []any{address(52, 1, 2, 3, 4), prefix(54, 8, 0x20)}}, {312: m{0: m{0: "https"}, 8: m{3: "m"}}}, {320: nil, 322: m{}, 323: m{0: 0}, -1: 1, "x": 1},
	} {
		f.Add(marshal(f, claims))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > MaxSize/2 {
			return
		}
		claims, err := verified(t, template{payload: payload}.mint(t))
		if err != nil {
			return
		}
		checkClaims(t, claims)
		var entries map[any]cbor.RawMessage
		if err := strict.Unmarshal(payload, &entries); err != nil {
			t.Fatalf("%x is accepted: %v", payload, err)
		}
		entries[int64(315)] = cbor.RawMessage{0xa0}
		if _, err := verified(t, mint(t, entries)); err == nil {
			t.Errorf("%x with cath is accepted", payload)
		}
	})
}

func checkClaims(t *testing.T, c Claims) {
	t.Helper()
	for _, network := range c.Networks {
		if !network.IsValid() || network != network.Masked() {
			t.Errorf("network %v", network)
		}
	}
	for _, country := range c.Countries {
		if len(country) != 2 {
			t.Errorf("country %q", country)
		}
	}
	if c.Networks != nil && len(c.Networks) == 0 || c.Countries != nil && len(c.Countries) == 0 || c.Methods != nil && len(c.Methods) == 0 {
		t.Errorf("an empty list: %+v", c)
	}
	if c.Once && c.ID == "" || c.Expires.Year() > 9999 {
		t.Errorf("%+v", c)
	}
	c.URI.Matches("https", "example.com", "/v/film/hls/master.m3u8")
}
