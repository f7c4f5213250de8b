//go:build !race

package httpd

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
	"go.uber.org/zap"
)

// dialQuiet returns a connection to a server that answers "hello" from memory and reports to nobody.
func dialQuiet(tb testing.TB, change func(*Config)) net.Conn {
	tb.Helper()
	cfg := NewDefaultConfig()
	cfg.LogHitsEvery = 1 << 30
	change(&cfg)
	answer := []byte("hello")
	s, err := New(cfg, constant{content: answer}, func(*Record) {}, zap.NewNop())
	if err != nil {
		tb.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx, ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		conn.Close()
		cancel()
		<-done
	})
	return conn
}

// constant answers everything with the same bytes.
type constant struct {
	pages
	content []byte
}

// Serve implements Handler.
func (c constant) Serve(_ context.Context, x *Exchange) {
	x.Record.Cache = CacheHit
	x.Head(fasthttp.StatusOK)
	x.SendMemory(c.content, nil)
}

// asker is a way to be told who asks: by what is sent first, or with the request.
type asker struct {
	change         func(*Config)
	first, request string
}

func askers() map[string]asker {
	trusting := func(c *Config) { c.TrustedProxies = networksOf("127.0.0.1/32 10.0.0.0/8") }
	return map[string]asker{
		"plain":     {func(*Config) {}, "", forwarded("X-Forwarded-For: 203.0.113.5, 10.0.0.2")},
		"forwarded": {trusting, "", forwarded("X-Forwarded-For: 198.51.100.1, 2001:db8::1", "X-Forwarded-For: [fd00::1]:80, 203.0.113.5:443, 10.0.0.2")},
		"announced": {func(c *Config) { trusting(c); c.ProxyProtocol = true }, "PROXY TCP4 10.0.0.9 127.0.0.1 1 1\r\n", forwarded("X-Forwarded-For: 203.0.113.5")},
	}
}

func TestServer_WhoAsksAllocatesNothing(t *testing.T) {
	for name, a := range askers() {
		conn := dialQuiet(t, a.change)
		exchange := exchanger(t, conn, a.first, a.request)
		if n := testing.AllocsPerRun(200, exchange); n >= 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// exchanger returns a function that sends a request and reads its response, and allocates nothing.
func exchanger(tb testing.TB, conn net.Conn, first, request string) func() {
	tb.Helper()
	if _, err := io.WriteString(conn, first); err != nil {
		tb.Fatal(err)
	}
	raw, response := []byte(request), make([]byte, 4096)
	return func() {
		if _, err := conn.Write(raw); err != nil {
			tb.Fatal(err)
		}
		n, err := conn.Read(response)
		if err != nil || !strings.HasSuffix(view(response[:n]), "hello") {
			tb.Fatalf("%q, %v", response[:n], err)
		}
	}
}

// TestProxies_ClientAllocatesNothing even of what is no address.
func TestProxies_ClientAllocatesNothing(t *testing.T) {
	trusted := newProxies(networksOf("10.0.0.0/8"))
	peer := netip.MustParseAddr("10.0.0.1")
	for _, field := range []string{"203.0.113.5", "unknown, 10.0.0.2", "fe80::1%eth0", "[2001:db8::1]:443, 10.0.0.2:1", strings.Repeat(",", 4000)} {
		lines := [][]byte{[]byte(field)}
		if n := testing.AllocsPerRun(100, func() { trusted.client(peer, lines) }); n != 0 {
			t.Errorf("%q: %v allocations", field, n)
		}
	}
}

func TestPins_MatchAllocatesNothing(t *testing.T) {
	p, err := parsePins([]byte(firstSecret))
	if err != nil {
		t.Fatal(err)
	}
	shown := []byte(firstSecret)
	if n := testing.AllocsPerRun(100, func() { p.match(shown) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkServer_WhoAsks(b *testing.B) {
	for name, a := range askers() {
		b.Run(name, func(b *testing.B) {
			exchange := exchanger(b, dialQuiet(b, a.change), a.first, a.request)
			b.ReportAllocs()
			for b.Loop() {
				exchange()
			}
		})
	}
}
