package httpd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// networksOf reads a list of prefixes.
func networksOf(list string) (all []netip.Prefix) {
	for text := range strings.FieldsSeq(list) {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestProxies_Client(t *testing.T) {
	trusted := newProxies(networksOf("10.0.0.0/8 192.0.2.7/32 fd00::/8"))
	f := func(want string, lines ...string) {
		t.Helper()
		var header [][]byte
		for _, line := range lines {
			header = append(header, []byte(line))
		}
		if got := trusted.client(netip.MustParseAddr("10.0.0.1"), header); got.String() != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
	// Without anything said, the peer.
	f("10.0.0.1")
	f("10.0.0.1", "")
	f("10.0.0.1", " , ,\t,")
	// The nearest that is no proxy; what is to the left of it is a claim.
	f("203.0.113.5", "203.0.113.5")
	f("203.0.113.5", "198.51.100.1, 203.0.113.5")
	f("203.0.113.5", "10.9.9.9, 203.0.113.5, 10.0.0.2,192.0.2.7")
	f("203.0.113.5", "garbage, 203.0.113.5, 10.0.0.2")
	f("203.0.113.5", "198.51.100.1, 203.0.113.5", "10.0.0.2")
	f("203.0.113.5", "198.51.100.1", "203.0.113.5")
	f("203.0.113.5", "198.51.100.1", "", ",203.0.113.5,, ", "fd00::1")
	f("203.0.113.5", "\t203.0.113.5 \t")
	// All are proxies: the first of them has asked for itself.
	f("10.0.0.3", "10.0.0.3, 10.0.0.2")
	// Whoever is named instead of an address is behind the last one that is known.
	f("10.0.0.2", "203.0.113.5, unknown, 10.0.0.2")
	f("10.0.0.1", "203.0.113.5, _hidden")
	f("10.0.0.1", "203.0.113.5; 10.0.0.2")
	f("10.0.0.1", "203.0.113.5 10.0.0.2")
	f("10.0.0.1", "203.0.113.05")
	f("10.0.0.1", "203.0.113")
	f("10.0.0.1", "203.0.113.5.6")
	f("10.0.0.1", "0x7f000001")
	f("10.0.0.1", "1234")
	f("10.0.0.1", `"203.0.113.5"`)
	f("10.0.0.1", "203.0.113.5\x00")
	f("10.0.0.1", "٢٠٣.0.113.5")
	f("10.0.0.1", "localhost")
	// IPv6, ports and brackets.
	f("2001:db8::1", "2001:db8::1")
	f("2001:db8::1", "2001:DB8:0:0::1")
	f("2001:db8::1", "[2001:db8::1]")
	f("2001:db8::1", "[2001:db8::1]:443, [fd00::9]:1, fd00::8")
	f("203.0.113.5", "203.0.113.5:65535, 10.0.0.2:0")
	f("203.0.113.5", "::ffff:203.0.113.5")
	f("203.0.113.5", "203.0.113.5, ::ffff:10.0.0.2")
	f("10.0.0.1", "[2001:db8::1")
	f("10.0.0.1", "2001:db8::1]")
	f("10.0.0.1", "[2001:db8::1]443")
	f("10.0.0.1", "[2001:db8::1]:")
	f("10.0.0.1", "[[2001:db8::1]]")
	f("10.0.0.1", "[]")
	f("10.0.0.1", "[")
	f("10.0.0.1", "[203.0.113.5]")
	f("10.0.0.1", "203.0.113.5:")
	f("10.0.0.1", "203.0.113.5:65536")
	f("10.0.0.1", "203.0.113.5:-1")
	f("10.0.0.1", "203.0.113.5:080")
	f("10.0.0.1", ":80")
	f("10.0.0.1", ":")
	f("10.0.0.1", "fe80::1%eth0")
	f("10.0.0.1", "[fe80::1%25eth0]:80")
	// What is too far away is not believed.
	f("10.0.0.2", "203.0.113.5"+strings.Repeat(", 10.0.0.2", maxHops))
	f("203.0.113.5", "203.0.113.5"+strings.Repeat(", 10.0.0.2", maxHops-1))
	f("10.0.0.2", "203.0.113.5, "+strings.Repeat(" ", maxChainBytes)+", 10.0.0.2")
	f("10.0.0.1", "203.0.113.5"+strings.Repeat(",", maxHops))
	f("10.0.0.1", strings.Repeat("1", 4*maxChainBytes))
	f("10.0.0.1", "203.0.113.5", strings.Repeat(" ", maxChainBytes+1))
	f("10.0.0.1", "203.0.113.5", strings.Repeat(" ", maxChainBytes))
}

func TestProxies_Trust(t *testing.T) {
	f := func(networks, address string, want bool) {
		t.Helper()
		if got := newProxies(networksOf(networks)).trust(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s in %q: %t", address, networks, got)
		}
	}
	f("", "127.0.0.1", false)
	f("10.0.0.0/8 127.0.0.0/8", "127.0.0.1", true)
	f("10.0.0.0/8", "11.0.0.0", false)
	f("::/0", "127.0.0.1", false)
	f("::/0", "::1", true)
	f("0.0.0.0/0", "127.0.0.1", true)
	nested := "10.0.0.0/8 10.1.0.0/16 10.2.0.0/16 10.2.3.4/32 10.0.0.0/9 192.0.2.4/30 192.0.2.0/30 10.0.0.0/8 ::/96"
	for address, want := range map[string]bool{
		"10.0.0.0": true, "10.2.3.4": true, "10.2.3.5": true, "10.255.255.255": true, "9.255.255.255": false, "11.0.0.0": false,
		"192.0.2.0": true, "192.0.2.7": true, "192.0.2.8": false, "192.0.1.255": false, "255.255.255.255": false, "0.0.0.0": false,
		"::": true, "::ffff": true, "::1:0:0:0": false,
	} {
		f(nested, address, want)
	}
}

func TestAddressOf(t *testing.T) {
	f := func(a net.Addr, want string) {
		t.Helper()
		if got := addressOf(a); got.String() != want {
			t.Errorf("%v: %s, want %s", a, got, want)
		}
	}
	f(&net.TCPAddr{IP: net.ParseIP("192.0.2.1")}, "192.0.2.1") // 16 bytes, as the system has it on a socket of both families
	f(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1).To4()}, "192.0.2.1")
	f(&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}, "fe80::1")
	f(&net.TCPAddr{}, "0.0.0.0")
	f(&net.UnixAddr{Name: "x"}, "0.0.0.0")
}

// FuzzProxies_Client walks hostile chains: the answer is the peer or one that is written there, and with nothing trusted
// but the peer never another than the last element.
func FuzzProxies_Client(f *testing.F) {
	for _, seed := range []string{
		"", "203.0.113.5", "198.51.100.1, 203.0.113.5, 10.0.0.2", "unknown,\n10.0.0.2", "[2001:db8::1]:443\n[fd00::9]:1,fd00::8", ",,\n,",
		"::ffff:10.0.0.2, 10.0.0.3:0", "fe80::1%eth0", strings.Repeat("10.0.0.2,", 40), "[", "]:1", ":::", "1.2.3.4:99999", "%",
	} {
		f.Add(seed)
	}
	peer := netip.MustParseAddr("10.0.0.1")
	trusted := newProxies(networksOf("10.0.0.0/8 fd00::/8"))
	f.Fuzz(func(t *testing.T, field string) {
		var lines [][]byte
		for line := range strings.SplitSeq(field, "\n") {
			lines = append(lines, []byte(line))
		}
		got := trusted.client(peer, lines)
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%q: %s", field, got)
		}
		written := got == peer
		for _, element := range strings.FieldsFunc(field, func(r rune) bool { return r == ',' || r == '\n' }) {
			address, ok := parseHop(strings.Trim(element, " \t"))
			written = written || ok && address == got
		}
		if !written {
			t.Errorf("%q: %s is not in it", field, got)
		}
		if nearest := newProxies(networksOf("10.0.0.1/32")).client(peer, lines); nearest != peer {
			last := field[strings.LastIndexAny(strings.TrimRight(field, ", \t\n"), ",\n")+1:]
			if address, _ := parseHop(strings.Trim(last, ", \t\n")); address != nearest {
				t.Errorf("%q: %s without other proxies", field, nearest)
			}
		}
	})
}

// askFrom sends a request from an address of this machine and returns the client that the server has seen.
func (r *running) askFrom(t *testing.T, from, raw string) string {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, raw)
	receive(t, bufio.NewReader(conn))
	records := r.observed()
	return records[len(records)-1].ClientIP.String()
}

func forwarded(lines ...string) string {
	raw := "GET / HTTP/1.1\r\nHost: t\r\n"
	for _, line := range lines {
		raw += line + "\r\n"
	}
	return raw + "\r\n"
}

// TestServer_ForwardedClient believes a proxy that is trusted, and nobody else.
func TestServer_ForwardedClient(t *testing.T) {
	naive := start(t, pages{"/": hello}, nil)
	trusting := start(t, pages{"/": hello}, func(c *Config) { c.TrustedProxies = networksOf("127.0.0.2/31 10.0.0.0/8") })
	f := func(r *running, from, raw, want string) {
		t.Helper()
		if got := r.askFrom(t, from, raw); got != want {
			t.Errorf("from %s, %q: %s, want %s", from, raw, got, want)
		}
	}
	one := forwarded("X-Forwarded-For: 203.0.113.5")
	f(naive, "127.0.0.2", one, "127.0.0.2")
	f(trusting, "127.0.0.2", one, "203.0.113.5")
	f(trusting, "127.0.0.4", one, "127.0.0.4")
	f(trusting, "127.0.0.2", forwarded(), "127.0.0.2")
	f(trusting, "127.0.0.2", forwarded("x-forwarded-for: 6.6.6.6, 203.0.113.5", "X-FORWARDED-FOR: 10.0.0.1"), "203.0.113.5")
	f(trusting, "127.0.0.2", forwarded("X-Forwarded-For: 10.0.0.1, 127.0.0.3"), "10.0.0.1")
	f(trusting, "127.0.0.2", forwarded("Forwarded: for=203.0.113.5", "X-Real-IP: 203.0.113.5", "X_Forwarded_For: 203.0.113.5"), "127.0.0.2")
	f(trusting, "127.0.0.2", "rubbish\r\n\r\n", "127.0.0.2")
	f(trusting, "127.0.0.2", strings.Replace(one, "\r\n\r\n", "\r\nContent-Length: 5000\r\n\r\n", 1), "203.0.113.5") // answered 413
	trailer := "POST / HTTP/1.1\r\nHost: t\r\nX-Forwarded-For: 203.0.113.5\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\n\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
	f(trusting, "127.0.0.2", trailer, "127.0.0.2") // answered 400: this may be no trailer
	f(trusting, "127.0.0.2", strings.Replace(trailer, "X-Forwarded-For: 203.0.113.5\r\n", "", 1), "127.0.0.2")
	f(trusting, "127.0.0.2", strings.Replace(trailer, "Trailer: X-Forwarded-For\r\n", "", 1), "203.0.113.5")
}

// TestServer_ForwardedClientIsOfARequest has one connection ask for many clients.
func TestServer_ForwardedClientIsOfARequest(t *testing.T) {
	for name, dial := range dialersWith(t, pages{"/": func(_ context.Context, x *Exchange) {
		x.Response.SetBodyString(x.Record.ClientIP.String())
	}}, func(c *Config) { c.TrustedProxies = networksOf("127.0.0.1/32") }) {
		conn := dial()
		reader := bufio.NewReader(conn)
		for i := range 20 {
			want, field := fmt.Sprintf("203.0.113.%d", i), fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", i)
			if i%3 == 0 {
				want, field = "127.0.0.1", "X: y"
			}
			io.WriteString(conn, forwarded(field))
			if _, body := receive(t, reader); body != want {
				t.Errorf("%s, request %d: %s, want %s", name, i, body, want)
			}
		}
	}
}

func BenchmarkProxies_Client(b *testing.B) {
	for name, networks := range map[string]int{"1": 1, "200": 200} {
		b.Run(name+" networks", func(b *testing.B) {
			all := networksOf("10.0.0.0/8")
			for i := range networks - 1 {
				all = append(all, netip.PrefixFrom(netip.AddrFrom4([4]byte{100, byte(i), 0, 0}), 16))
			}
			trusted := newProxies(all)
			var header fasthttp.RequestHeader
			header.Set(forwardedFor, "203.0.113.5, 10.0.0.2")
			peer := netip.MustParseAddr("10.0.0.1")
			b.ReportAllocs()
			for b.Loop() {
				trusted.client(peer, header.PeekAll(forwardedFor))
			}
		})
	}
}
