package auth

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// FuzzOpenSession: a token that is taken is the one that its session makes, and every refusal is a cause.
func FuzzOpenSession(f *testing.F) {
	ring := sessionRing(f)
	s := testSession(f)
	token := mustToken(f, ring, "", "film", &s)
	f.Add(token, "", "film", s.Issued)
	f.Add(token, "tenant", "film", s.Issued)
	f.Add(token[:len(token)-1], "", "film", s.Issued)
	f.Add(append(bytes.Clone(token), '\n'), "", "film", s.Issued)
	f.Add(bytes.Repeat([]byte("A"), MaxSessionToken), "", "film", int64(0))
	f.Fuzz(func(t *testing.T, token []byte, project, asset string, now int64) {
		var got Session
		err := ring.OpenSession(&got, token, project, asset, now)
		if err != nil {
			if cause, ok := err.(Cause); !ok || cause.Error() == "unknown" {
				t.Errorf("%q: %v", token, err)
			}
			return
		}
		if again := mustToken(t, ring, project, asset, &got); !bytes.Equal(again, token) {
			t.Errorf("%s is taken for %s", token, again)
		}
	})
}

// FuzzParseSession: an authentic body is read only if it is what is written for what was read.
func FuzzParseSession(f *testing.F) {
	s := testSession(f)
	f.Add(appendSession(nil, "key1", &s))
	s.Client = netip.MustParsePrefix("10.0.0.0/8")
	f.Add(appendSession(nil, "key1", &s))
	f.Add(make([]byte, fixedSession+5))
	f.Fuzz(func(t *testing.T, body []byte) {
		const id = "key1"
		if len(body) < fixedSession+1+len(id) || len(body) > maxSession-macSize {
			return // which is looked at before
		}
		body[0], body[fixedSession] = sessionVersion, byte(len(id))
		copy(body[fixedSession+1:], id)
		var got Session
		if !got.parse(id, body) {
			return
		}
		if again := appendSession(nil, id, &got); !bytes.Equal(again, body) || got.validate() != nil {
			t.Errorf("%x is taken for %x: %v", body, again, got.validate())
		}
	})
}

// FuzzDecodeToken: a text is taken only if it is the one of its bytes.
func FuzzDecodeToken(f *testing.F) {
	for _, text := range []string{"", "AA\n", "AAA=", "AAB", "____"} {
		f.Add([]byte(text))
		f.Add(append(bytes.Repeat([]byte("A"), 100), text...))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var buffer [maxSession]byte
		if body, ok := decodeToken(buffer[:], text); ok && base64.RawURLEncoding.EncodeToString(body) != string(text) {
			t.Errorf("%q is taken for %x", text, body)
		}
	})
}

// FuzzParseClaims: claims that are taken are within their bounds, and those of a PlayAuth are the same when minted again.
func FuzzParseClaims(f *testing.F) {
	for _, payload := range []string{
		`{"sub":"film","iat":1772366400,"exp":1772366500}`, `{"exp":1e11,"iat":1.5,"nbf":0}`, `{"exp":1,"exp":2}`,
		`{"sub":"film","jti":"x","iat":1,"exp":9,"nbf":3,"ip":"10.0.0.0/8","user":"ü","tracks":["a"],"max_height":720,"preview":30,"once":true,"referer":["*"],"preview_link":true}`,
	} {
		f.Add([]byte(payload))
	}
	key := testKey(UsePlayAuth, "key1")
	ring := mustRing(f, key)
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := ParseClaims(payload)
		if err != nil {
			if !errors.Is(err, Malformed) || !cmp.Equal(c, Claims{}, comparePrefixes) {
				t.Errorf("%q: %+v, %v", payload, c, err)
			}
			return
		}
		if c.Expires.Unix() > maxDate || len(c.Tracks) > maxList || c.MaxHeight < 0 || c.PreviewSeconds < 0 || c.Once && c.ID == "" {
			t.Errorf("%q: %+v", payload, c)
		}
		c.Issued, c.Expires, c.NotBefore = c.Issued.Truncate(time.Second), c.Expires.Truncate(time.Second), c.NotBefore.Truncate(time.Second)
		if c.NotBefore.Unix() == 0 {
			c.NotBefore = time.Time{} // they mean the same
		}
		token, err := Mint(key, c)
		if err != nil {
			return // it is no PlayAuth
		}
		again, err := ring.OpenPlayAuth(token, "", instant)
		c.Form, c.KeyID = PlayAuth, key.ID
		if diff := cmp.Diff(c, again, comparePrefixes); diff != "" || err != nil {
			t.Errorf("%q: %v %s", payload, err, diff)
		}
	})
}

// FuzzOpenKeyring: nothing but the ring that was sealed opens. The checksum is made good, so that what is behind it is
// reached.
func FuzzOpenKeyring(f *testing.F) {
	ring := testRing(f)
	sealed := mustSeal(f, ring) // each process has its own
	f.Add(sealed[:len(sealed)-sealChecksum])
	f.Add([]byte(sealHeader))
	f.Fuzz(func(t *testing.T, content []byte) {
		whole := append(bytes.Clone(content), checksum(content)...)
		if r, err := OpenKeyring(whole, master); err == nil {
			if !cmp.Equal(r.Keys(), ring.Keys()) {
				t.Errorf("%x opens as %v", whole, r.Keys())
			}
		} else if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrMasterSecret) {
			t.Errorf("%v", err)
		}
	})
}

// FuzzParseKeys: a ring that is read is the same when it is sealed and opened.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`[{"id":"key1","use":"session","secret":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=","created":1700000000,"retired":1700000001}]`))
	f.Add([]byte(`[{"project":"tenant","id":"key1","use":"jwt","algorithm":"HS256","secret":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=","created":1}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseKeys(text)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		again, err := OpenKeyring(mustSeal(t, r), master)
		if err != nil || !cmp.Equal(again.Keys(), r.Keys()) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzDecodeRevocations: a set that is read is the same when it is written and read again.
func FuzzDecodeRevocations(f *testing.F) {
	f.Add([]byte(`{"version":1,"revocations":[{"kind":"user","project":"tenant","value":"user","at":1700000000,"until":1700000001}]}`))
	f.Add([]byte(`{"version":1,"revocations":[{"kind":"session","value":"000000000000000a","at":1,"until":2},{"kind":"key","value":"key1","at":1,"until":2}]}`))
	f.Add([]byte(`{"version":1,"revocations":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		set, err := DecodeRevocations(text)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		written, err := set.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeRevocations(written)
		if err != nil || !cmp.Equal(again.List(), set.List()) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
