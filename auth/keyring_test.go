package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// instant is when tests take place.
var instant = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testKey returns a valid key whose secret depends on its id.
func testKey(use Use, id string) Key {
	return Key{ID: id, Use: use, Algorithm: uses[use].algorithm, Secret: Secret(strings.Repeat(id, 32)[:32]), Created: instant}
}

func mustRing(t testing.TB, keys ...Key) *Keyring {
	t.Helper()
	r, err := NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeyValidate(t *testing.T) {
	f := func(use Use, want string, change func(*Key)) {
		t.Helper()
		k := testKey(use, "key1")
		change(&k)
		err := k.Validate()
		if want == "" && err != nil || want != "" && (!errors.Is(err, ErrKey) || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
		if err != nil && len(k.Secret) > 3 && strings.Contains(err.Error(), string(k.Secret)) {
			t.Errorf("%v holds the secret", err)
		}
	}
	for use := UsePlayAuth; use.valid(); use++ {
		f(use, "", func(*Key) {})
	}
	f(UseURL, "", func(k *Key) { k.Secret = Secret("selfhostkey00001") })
	f(UseSession, "", func(k *Key) { k.Project = "tenant-1" })
	f(UseSession, "", func(k *Key) { k.Retired = k.Created })
	f(UseSession, "", func(k *Key) { k.Secret = make(Secret, 128) })

	f(UseSession, "use", func(k *Key) { k.Use = 0 })
	f(UseSession, "use", func(k *Key) { k.Use = UseCAT + 1 })
	f(UseSession, "project", func(k *Key) { k.Project = "a/b" })
	for _, id := range []string{"", "abc", strings.Repeat("a", 33), "Key1", "key_1", "key1\n", "ключ"} {
		f(UseSession, "its id", func(k *Key) { k.ID = id })
	}
	f(UseSession, "algorithm", func(k *Key) { k.Algorithm = "HS256" })
	f(UseJWT, "algorithm", func(k *Key) { k.Algorithm = "none" })
	f(UsePlayAuth, "31 bytes", func(k *Key) { k.Secret = k.Secret[:31] })
	f(UsePlayAuth, "129 bytes", func(k *Key) { k.Secret = make(Secret, 129) })
	f(UseURL, "15 bytes", func(k *Key) { k.Secret = k.Secret[:15] })
	f(UseURL, "printable", func(k *Key) { k.Secret = Secret("self host key 00001") })
	f(UseURL, "printable", func(k *Key) { k.Secret = Secret("selfhostkey0000\x80") })
	f(UseSession, "created", func(k *Key) { k.Created = time.Time{} })
	f(UseSession, "retired", func(k *Key) { k.Retired = k.Created.Add(-time.Second) })
}

func TestNewKeyring_Refuses(t *testing.T) {
	f := func(want string, keys ...Key) {
		t.Helper()
		if _, err := NewKeyring(keys); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	retired := func(k Key) Key { k.Retired = instant; return k }
	f("its id", testKey(UseURL, "x"))
	f("two of this id", testKey(UseURL, "key1"), testKey(UseSession, "key1"))
	f("one that signs", testKey(UseURL, "key1"), testKey(UseURL, "key2"))
	f("one that signs", retired(testKey(UseURL, "key1")), testKey(UseURL, "key2"), retired(testKey(UseURL, "key3")))
	f("at most", make([]Key, maxKeys+1)...)
}

// TestKeyring_Isolation: a key is found for its project, use and id, and by nothing else.
func TestKeyring_Isolation(t *testing.T) {
	other := testKey(UseSession, "key3")
	other.Project = "tenant"
	ring := mustRing(t, testKey(UseSession, "key1"), testKey(UsePlayAuth, "key2"), other)
	f := func(project string, use Use, id string, want bool) {
		t.Helper()
		k, ok := ring.Find(project, use, id, instant)
		if ok != want || ok && (k.ID != id || k.Project != project || k.Use != use) {
			t.Errorf("%q %v %q: %v, %+v", project, use, id, ok, k)
		}
	}
	f("", UseSession, "key1", true)
	f("", UsePlayAuth, "key2", true)
	f("tenant", UseSession, "key3", true)
	f("", UsePlayAuth, "key1", false)
	f("tenant", UseSession, "key1", false)
	f("", UseSession, "key3", false)
	f("", UseSession, "KEY1", false)
	f("", 0, "", false)
	if _, ok := new(Keyring).Find("", UseSession, "key1", instant); ok {
		t.Error("an empty ring has a key")
	}
}

// TestKeyring_Copies: the ring does not change with what it was made of.
func TestKeyring_Copies(t *testing.T) {
	k := testKey(UseURL, "key1")
	ring := mustRing(t, k)
	k.Secret[0] ^= 1
	if got, _ := ring.Find("", UseURL, "key1", instant); cmp.Equal(got.Secret, k.Secret) {
		t.Error("the ring shares the secret")
	}
}

// TestKeyring_Rotation follows two rotations through time, at the seconds where something changes.
func TestKeyring_Rotation(t *testing.T) {
	f := func(r *Keyring, at time.Time, signing string, verifying ...string) {
		t.Helper()
		if k, _ := r.Signing("", UsePlayAuth, at); k.ID != signing {
			t.Errorf("%v: %q signs, want %q", at, k.ID, signing)
		}
		var got []string
		for _, k := range r.AppendVerifying(nil, "", UsePlayAuth, at) {
			if found, ok := r.Find("", UsePlayAuth, k.ID, at); !ok || !cmp.Equal(found, k) {
				t.Errorf("%v: %q is not found", at, k.ID)
			}
			got = append(got, k.ID)
		}
		if !cmp.Equal(got, verifying) {
			t.Errorf("%v: %q verify, want %q", at, got, verifying)
		}
	}
	rotate := func(r *Keyring, at time.Time, force bool) (*Keyring, string) {
		t.Helper()
		rotated, k, err := r.Rotate("", UsePlayAuth, at, force)
		if err != nil {
			t.Fatal(err)
		}
		if len(k.Secret) != minHMACSecret || !k.Created.Equal(at) || !k.Retired.IsZero() {
			t.Errorf("%+v", k)
		}
		return rotated, k.ID
	}
	f(new(Keyring), instant, "")
	first, a := rotate(new(Keyring), instant, false)
	f(first, instant, a, a) // the first key signs at once

	second, b := rotate(first, instant.Add(time.Hour), false)
	rotated := instant.Add(time.Hour)
	f(second, rotated, a, b, a) // not every origin has read the ring
	f(second, rotated.Add(settling-time.Second), a, b, a)
	f(second, rotated.Add(settling), b, b, a)
	forgotten := rotated.Add(MaxPreviewLinkLife + settling)
	f(second, forgotten.Add(-time.Second), b, b, a)
	f(second, forgotten, b, b)
	if a == b {
		t.Error("two keys have one id")
	}
	f(first, forgotten, a, a) // rings do not change

	_, _, err := second.Rotate("", UsePlayAuth, forgotten.Add(-time.Second), false)
	if !errors.Is(err, ErrKeyNeeded) || !strings.Contains(err.Error(), forgotten.Format(time.RFC3339)) {
		t.Errorf("got %v", err)
	}
	third, c := rotate(second, forgotten, false)
	f(third, forgotten.Add(settling), c, c, b)
	forced, d := rotate(second, rotated.Add(time.Minute), true)
	f(forced, rotated.Add(time.Minute+settling), d, d, b)
}

func TestKeyring_Add(t *testing.T) {
	given := testKey(UseURL, "main")
	given.Created, given.Retired = time.Time{}, instant // as somebody might think
	ring, err := new(Keyring).Add(given, instant, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := ring.Signing("", UseURL, instant); got.ID != "main" || !got.Created.Equal(instant) || !got.Retired.IsZero() {
		t.Errorf("%+v", got)
	}
	if _, err := ring.Add(given, instant, true); !errors.Is(err, ErrKey) {
		t.Errorf("the same id again: %v", err)
	}
	if _, _, err := ring.Rotate("", UseCAT+1, instant, true); !errors.Is(err, ErrKey) {
		t.Errorf("no use: %v", err)
	}
	// A clock that was set back does not make a ring that is refused.
	back, _, err := ring.Rotate("", UseURL, instant.Add(-time.Hour), false)
	if err != nil || len(back.Keys()) != 2 {
		t.Errorf("%v", err)
	}
}

func TestKeyring_Remove(t *testing.T) {
	ring := mustRing(t, testKey(UseSession, "key1"), testKey(UseURL, "key2"))
	removed, err := ring.Remove("", "key1")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := removed.Signing("", UseSession, instant); ok || len(removed.Keys()) != 1 {
		t.Errorf("%v", removed.Keys())
	}
	if _, err := removed.Remove("", "key1"); !errors.Is(err, ErrKey) {
		t.Errorf("got %v", err)
	}
	rotated, k, err := ring.Rotate("", UseSession, instant, false)
	if err != nil {
		t.Fatal(err)
	}
	if rotated, err = rotated.Remove("", k.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok := rotated.Signing("", UseSession, instant); ok {
		t.Error("a retired key signs")
	}
}

func TestKeyring_RandomURLKey(t *testing.T) {
	ring, k, err := new(Keyring).Rotate("tenant", UseURL, instant, false)
	if err != nil || len(k.Secret) < 26 || k.Project != "tenant" || k.Validate() != nil {
		t.Errorf("%v, %d bytes", err, len(k.Secret))
	}
	if _, other, _ := ring.Rotate("tenant", UseURL, instant, false); cmp.Equal(other.Secret, k.Secret) || other.ID == k.ID {
		t.Error("two random keys are the same")
	}
}
