package config

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestNetworks(t *testing.T) {
	var list []netip.Prefix
	v := networks(&list)
	f := func(in, want string) {
		t.Helper()
		var got []string
		problem := set(v, in)
		for _, network := range list {
			got = append(got, network.String())
		}
		if problem != "" || strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, %s", in, got, problem)
		}
	}
	f("10.0.0.0/8", "10.0.0.0/8")
	f("10.0.0.0/8, 192.0.2.7 ::1", "10.0.0.0/8 192.0.2.7/32 ::1/128")
	f("2001:db8::/32", "2001:db8::/32")
	f("::1", "::1/128")
	f("[10.0.0.0/8, 2001:db8::/32]", "10.0.0.0/8 2001:db8::/32")
	f("0.0.0.0/0", "0.0.0.0/0")
	f("", "")
	f("null", "")
	f("[]", "")
	list = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for bad, want := range map[string]string{
		"10.0.0.0/33":     "such as",
		"10.0.0.1/8":      "want 10.0.0.0/8, or more bits",
		"::ffff:10.0.0.1": "want IPv4 networks written as such",
		"fe80::1%eth0":    "such as",
		"proxy.example":   "such as",
		"[[10.0.0.0/8]]":  "want a list of texts",
		"{a: b}":          "want a list such as",
		"10.0.0.0/8, x":   "such as",
		"[":               "want YAML",
	} {
		if got := set(v, bad); !strings.Contains(got, want) || len(list) != 1 || list[0].Bits() != 8 {
			t.Errorf("%q: %q, and then %v", bad, got, list)
		}
	}
}

// TestViewerProblems are those of the settings about who asks.
func TestViewerProblems(t *testing.T) {
	f := func(want string, flags map[string]string) {
		t.Helper()
		_, err := Load(Sources{Flags: flags})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got  %v\nwant …%s…", err, want)
		}
	}
	f("ProxyProtocol: true: want TrustedProxies with it", map[string]string{"viewer.proxy_protocol": "true"})
	f("ClientCAFile: ca.pem: want CertificateFile", map[string]string{"viewer.client_ca": "ca.pem"})
	f("ClientNames: [cdn.example]: want ClientCAFile", map[string]string{"viewer.client_names": "cdn.example"})
	f("PinHeader: no token: want the name of a request field", map[string]string{"viewer.pin_file": "pins", "viewer.pin_header": "no token"})
	f(`--viewer-trusted-proxies: viewer.trusted_proxies: "10.0.0.1/8": want 10.0.0.0/8`, map[string]string{"viewer.trusted_proxies": "10.0.0.1/8"})

	l, err := Load(Sources{File: write(t, `
tls_cert: c.pem
tls_key: k.pem
viewer:
  trusted_proxies: [10.0.0.0/8, "::1"]
  proxy_protocol: true
  pin_file: pins
  client_ca: ca.pem
  client_names: [cdn.example, "*"]
`)})
	if err != nil {
		t.Fatal(err)
	}
	v := l.Viewer
	if len(v.TrustedProxies) != 2 || !v.ProxyProtocol || v.PinFile != "pins" || v.ClientCAFile != "ca.pem" || !slices.Equal(v.ClientNames, []string{"cdn.example", "*"}) {
		t.Errorf("got %+v", v)
	}
	if printed := string(l.YAML()); !strings.Contains(printed, "  trusted_proxies: [10.0.0.0/8, '::1/128'] # ") {
		t.Error(printed)
	}
}
