package auth

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var master = bytes.Repeat([]byte("m"), MinMasterSecret)

// testRing has keys of each kind.
func testRing(t testing.TB) *Keyring {
	t.Helper()
	var keys []Key
	for use := UsePlayAuth; use.valid(); use++ {
		keys = append(keys, testKey(use, "default-"+use.String()))
		tenant := testKey(use, "tenant-"+use.String())
		tenant.Project = "tenant"
		keys = append(keys, tenant)
	}
	retired := testKey(UseSession, "retired")
	retired.Retired = instant.Add(time.Hour)
	return mustRing(t, append(keys, retired)...)
}

func mustSeal(t testing.TB, r *Keyring) []byte {
	t.Helper()
	sealed, err := r.Seal(master)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSeal_RoundTrip(t *testing.T) {
	for _, ring := range []*Keyring{testRing(t), {}} {
		sealed := mustSeal(t, ring)
		opened, err := OpenKeyring(sealed, master)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ring.Keys(), opened.Keys()); diff != "" {
			t.Error(diff)
		}
		if bytes.Equal(sealed, mustSeal(t, ring)) {
			t.Error("a nonce was used twice")
		}
		for _, k := range ring.Keys() {
			if bytes.Contains(sealed, k.Secret) || bytes.Contains(sealed, []byte(k.ID)) {
				t.Errorf("%s is not encrypted", k.ID)
			}
		}
	}
}

// TestOpenKeyring_Damage flips each bit, cuts at each length and adds a byte: all are damage, none a wrong secret.
func TestOpenKeyring_Damage(t *testing.T) {
	sealed := mustSeal(t, mustRing(t, testKey(UseSession, "key1")))
	f := func(damaged []byte) {
		t.Helper()
		if r, err := OpenKeyring(damaged, master); !errors.Is(err, ErrDamaged) || errors.Is(err, ErrMasterSecret) || r != nil {
			t.Fatalf("%x: %v", damaged, err)
		}
	}
	for i := range len(sealed) * 8 {
		flipped := bytes.Clone(sealed)
		flipped[i/8] ^= 1 << (i % 8)
		f(flipped)
	}
	for n := range sealed {
		f(sealed[:n])
	}
	f(append(bytes.Clone(sealed), 0))
	f(make([]byte, maxDocument+1))
}

func TestOpenKeyring_Version(t *testing.T) {
	sealed := mustSeal(t, new(Keyring))
	sealed[len(sealHeader)-1] = 2
	content := sealed[:len(sealed)-sealChecksum]
	if _, err := OpenKeyring(append(content, checksum(content)...), master); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("got %v", err)
	}
}

func TestOpenKeyring_MasterSecret(t *testing.T) {
	sealed := mustSeal(t, testRing(t))
	for _, wrong := range [][]byte{bytes.Repeat([]byte("n"), MinMasterSecret), append(bytes.Clone(master), 'm'), master[1:], nil} {
		if _, err := OpenKeyring(sealed, wrong); !errors.Is(err, ErrMasterSecret) || errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := testRing(t).Seal(master[1:]); !errors.Is(err, ErrMasterSecret) {
		t.Errorf("short secret: %v", err)
	}
}

func TestParseKeys_Refuses(t *testing.T) {
	const good = `{"id":"key1","use":"session","secret":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=","created":1700000000}`
	if _, err := parseKeys([]byte("[" + good + "]")); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		``, `null x`, `{}`, `[` + good, `[` + good + `]]`, `[` + good + `,` + good + `]`, `[{}]`, `[null]`,
		"[" + strings.Replace(good, `"id"`, `"kid"`, 1) + "]",
		"[" + strings.Replace(good, "session", "sessions", 1) + "]",
		"[" + strings.Replace(good, "MDEy", "M!", 1) + "]",
		"[" + strings.Replace(good, "1700000000", "-1", 1) + "]",
		"[" + strings.Replace(good, "1700000000", "1e30", 1) + "]",
	} {
		if _, err := parseKeys([]byte(bad)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
