package main

import (
	"testing"
	"time"
)

func TestInstant(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var i instant
		err := i.Set(text)
		if got := i.UTC().Format(time.RFC3339); (err != nil) != (want == "") || err == nil && got != want {
			t.Errorf("%q: got %s, %v, want %q", text, got, err, want)
		}
	}
	f("2026-12-24T18:00:00+01:00", "2026-12-24T17:00:00Z")
	f("2026-12-24", "2026-12-24T00:00:00Z")
	f("2026-12-24 18:00", "")
	f("tomorrow", "")
	f("", "")
	var i instant
	before := time.Now()
	if err := i.Set("36h"); err != nil || i.Before(before.Add(36*time.Hour)) || i.After(time.Now().Add(36*time.Hour)) {
		t.Errorf("36h: %v, %v", i, err)
	}
}

func TestNetwork(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var n network
		err := n.Set(text)
		if (err != nil) != (want == "") || err == nil && n.Prefix.String() != want {
			t.Errorf("%q: got %s, %v, want %q", text, n.Prefix, err, want)
		}
	}
	f("192.0.2.7", "192.0.2.7/32")
	f("::ffff:192.0.2.7", "192.0.2.7/32")
	f("2001:db8::1", "2001:db8::1/128")
	f("192.0.2.0/24", "192.0.2.0/24")
	f("2001:db8::/32", "2001:db8::/32")
	f("192.0.2.7/24", "")
	f("::ffff:192.0.2.0/120", "")
	f("fe80::1%eth0", "")
	f("example.com", "")
	f("", "")
}

func TestProjectFlag(t *testing.T) {
	f := func(text, want string, ok bool) {
		t.Helper()
		name := "before"
		if err := (projectFlag{&name}).Set(text); (err == nil) != ok || name != want {
			t.Errorf("%q: got %q, %v", text, name, err)
		}
	}
	f("shop", "shop", true)
	f("default", "", true)
	f("Shop", "before", false)
	f("", "before", false)
	f("a/b", "before", false)
}

func TestEncoding(t *testing.T) {
	secret := []byte("\x00\xfb\xff secret")
	for _, e := range []encoding{plainText, base64URL, hexDigits} {
		got, err := e.decode([]byte(e.encode(secret)))
		if err != nil || string(got) != string(secret) {
			t.Errorf("%s: %q, %v", e, got, err)
		}
	}
	for e, text := range map[encoding]string{base64URL: "a+b/", hexDigits: "abc"} {
		if got, err := e.decode([]byte(text)); err == nil {
			t.Errorf("%s: %q is read as %q", e, text, got)
		}
	}
}
