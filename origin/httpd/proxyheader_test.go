package httpd

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// binaryHeader returns one of version 2 with the given content.
func binaryHeader(versionAndCommand, family byte, content string) string {
	b := append([]byte(binarySignature), versionAndCommand, family)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(content)))) + content
}

// Addresses and ports of binary headers: 203.0.113.5 and 2001:db8::5 as sources.
const (
	addressesIPv4 = "\xcb\x00\x71\x05" + "\x0a\x00\x00\x01" + "\xdc\x04" + "\x01\xbb"
	addressesIPv6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05" + "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\xdc\x04" + "\x01\xbb"
	addressesIn6  = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xcb\x00\x71\x05" + "\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\xdc\x04" + "\x01\xbb"
	additions     = "\x01\x00\x08http/1.1" + "\x02\x00\x01t" + "\xea\x00\x00"
)

// goodHeaders are headers with the client that they announce; "" for the peer.
var goodHeaders = map[string]string{
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324 443\r\n":                                                            "203.0.113.5",
	"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n":                                               "255.255.255.255",
	"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n":                                                                       "0.0.0.0",
	"PROXY TCP6 2001:db8::5 fd00::1 56324 443\r\n":                                                             "2001:db8::5",
	"PROXY TCP6 2001:DB8:0:0:0:0:0:5 ::1 1 1\r\n":                                                              "2001:db8::5",
	"PROXY TCP6 ::ffff:203.0.113.5 ::1 1 1\r\n":                                                                "203.0.113.5",
	"PROXY TCP6 " + strings.Repeat("ffff:", 7) + "ffff " + strings.Repeat("ffff:", 7) + "ffff 65535 65535\r\n": strings.Repeat("ffff:", 7) + "ffff",
	"PROXY UNKNOWN\r\n": "",
	"PROXY UNKNOWN 203.0.113.5 10.0.0.1 56324 443\r\n":                      "",
	"PROXY UNKNOWN whatever\r it\n is\r\n":                                  "",
	"PROXY UNKNOWN " + strings.Repeat("x", maxTextBytes-16) + "\r\n":        "",
	binaryHeader(0x21, 0x11, addressesIPv4):                                 "203.0.113.5",
	binaryHeader(0x21, 0x11, addressesIPv4+additions):                       "203.0.113.5",
	binaryHeader(0x21, 0x11, addressesIPv4+strings.Repeat("x", 4096-16-12)): "203.0.113.5",
	binaryHeader(0x21, 0x21, addressesIPv6):                                 "2001:db8::5",
	binaryHeader(0x21, 0x21, addressesIPv6+additions):                       "2001:db8::5",
	binaryHeader(0x21, 0x21, addressesIn6):                                  "203.0.113.5",
	binaryHeader(0x20, 0x00, ""):                                            "",
	binaryHeader(0x20, 0x11, addressesIPv4):                                 "",
	binaryHeader(0x20, 0xff, "anything"):                                    "",
	binaryHeader(0x21, 0x00, ""):                                            "",
	binaryHeader(0x21, 0x00, additions):                                     "",
	binaryHeader(0x21, 0x12, addressesIPv4):                                 "",
	binaryHeader(0x21, 0x31, strings.Repeat("/", 216)):                      "",
}

// badHeaders are none.
var badHeaders = []string{
	"GET / HTTP/1.1\r\nHost: t\r\n\r\n",
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	"proxy TCP4 203.0.113.5 10.0.0.1 56324 443\r\n",
	"PROXY  TCP4 203.0.113.5 10.0.0.1 56324 443\r\n",
	"PROXY TCP4  203.0.113.5 10.0.0.1 56324 443\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324 443 \r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324 443 1\r\n",
	"PROXY TCP4 203.0.113.05 10.0.0.1 56324 443\r\n",
	"PROXY TCP4 203.0.113.256 10.0.0.1 56324 443\r\n",
	"PROXY TCP4 203.0.113 10.0.0.1 56324 443\r\n",
	"PROXY TCP4 203.0.113.5 somewhere 56324 443\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 65536 443\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324 0443\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 +1 443\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 1 \r\n",
	"PROXY TCP4 2001:db8::5 fd00::1 56324 443\r\n",
	"PROXY TCP4 203.0.113.5 ::1 56324 443\r\n",
	"PROXY TCP6 203.0.113.5 10.0.0.1 56324 443\r\n",
	"PROXY TCP6 fe80::1%eth0 fd00::1 56324 443\r\n",
	"PROXY TCP6 [2001:db8::5] fd00::1 56324 443\r\n",
	"PROXY UDP4 203.0.113.5 10.0.0.1 56324 443\r\n",
	"PROXY UNKNOWNS\r\n",
	"PROXY unknown\r\n",
	"PROXY \r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324 443\nGET / HTTP/1.1\r\nHost: t\r\n\r\n",
	"PROXY TCP4 203.0.113.5 10.0.0.1 56324 443\rGET / HTTP/1.1\r\nHost: t\r\n\r\n",
	"PROXY UNKNOWN " + strings.Repeat("x", maxTextBytes-15) + "\r\n",
	"PROXY TCP4 " + strings.Repeat("1", 4096),
	binaryHeader(0x11, 0x11, addressesIPv4),
	binaryHeader(0x31, 0x11, addressesIPv4),
	binaryHeader(0x22, 0x11, addressesIPv4),
	binaryHeader(0x21, 0x41, addressesIPv4),
	binaryHeader(0x21, 0x13, addressesIPv4),
	binaryHeader(0x21, 0x11, addressesIPv4[:11]),
	binaryHeader(0x21, 0x11, ""),
	binaryHeader(0x21, 0x21, addressesIPv6[:35]),
	binaryHeader(0x21, 0x21, addressesIPv4),
	binaryHeader(0x20, 0x00, strings.Repeat("x", 4096-16+1)),
	binaryHeader(0x21, 0x11, strings.Repeat("x", 65535)),
	"\r\n\r\n\x00\r\nQUIT\r" + strings.Repeat("x", 100),
	"\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n",
}

// feed gives the parser pieces of b, of at most step bytes and never more than it wants, and returns what it has taken.
func feed(b string, step int) (client netip.Addr, taken int, err error) {
	for {
		client, missing, err := parseProxyHeader([]byte(b[:taken]))
		if err != nil || missing == 0 || taken == len(b) {
			return client, taken, err
		}
		taken += min(missing, step, len(b)-taken)
	}
}

func TestParseProxyHeader(t *testing.T) {
	for header, want := range goodHeaders {
		for _, step := range []int{1, 2, 3, 7, 1 << 20} {
			client, taken, err := feed(header+"GET / HTTP/1.1\r\n", step)
			if err != nil || taken != len(header) || client.IsValid() != (want != "") || want != "" && client.String() != want {
				t.Errorf("%q by %d: %s after %d bytes, %v, want %s", header, step, client, taken, err, want)
			}
		}
		for n := range len(header) {
			if _, missing, err := parseProxyHeader([]byte(header[:n])); err != nil || missing < 1 || missing > len(header)-n {
				t.Errorf("%q: %d bytes are missing, %v", header[:n], missing, err)
			}
		}
	}
	for _, header := range badHeaders {
		for _, step := range []int{1, 2, 3, 7, 1 << 20} {
			if client, taken, err := feed(header, step); err == nil {
				t.Errorf("%q by %d: %s after %d bytes", header, step, client, taken)
			}
		}
	}
}

// FuzzParseProxyHeader feeds the parser in two ways: what it makes of a connection must not depend on how that arrives, and
// it must not want more than it may hold.
func FuzzParseProxyHeader(f *testing.F) {
	for header := range goodHeaders {
		f.Add([]byte(header), uint8(1))
	}
	for _, header := range badHeaders {
		f.Add([]byte(header), uint8(5))
	}
	f.Fuzz(func(t *testing.T, connection []byte, step uint8) {
		client, taken, err := feed(string(connection), int(step)+1)
		other, otherTaken, otherErr := feed(string(connection), 1)
		if client != other || err != otherErr || err == nil && taken != otherTaken {
			t.Fatalf("%q: %s, %d, %v by %d and %s, %d, %v by 1", connection, client, taken, err, step, other, otherTaken, otherErr)
		}
		if taken > maxProxyHeaderBytes || client.Is4In6() || client.Zone() != "" || client.IsValid() && err != nil {
			t.Errorf("%q: %s after %d bytes, %v", connection, client, taken, err)
		}
	})
}

// whoAsks is a page that says who has asked for it.
var whoAsks = pages{"/": func(_ context.Context, x *Exchange) { x.Response.SetBodyString(x.Record.ClientIP.String()) }}

func behindProxies(c *Config) {
	c.TrustedProxies, c.ProxyProtocol = networksOf("127.0.0.1/32 10.0.0.0/8"), true
}

// secureOver begins TLS on a connection.
func secureOver(conn net.Conn) net.Conn {
	return tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
}

// proxied are servers that expect the header, with what a client does behind it.
func proxied(t *testing.T, change func(*Config)) map[*running]func(net.Conn) net.Conn {
	t.Helper()
	plain := start(t, whoAsks, change)
	certFile, keyFile, _ := writeCertificate(t, t.TempDir(), time.Hour)
	secure := start(t, whoAsks, func(c *Config) {
		change(c)
		c.CertificateFile, c.KeyFile = certFile, keyFile
	})
	return map[*running]func(net.Conn) net.Conn{plain: func(c net.Conn) net.Conn { return c }, secure: secureOver}
}

// TestServer_ProxyHeader has every header come in one piece, with the request in its wake, and byte by byte. The address
// holds for the connection.
func TestServer_ProxyHeader(t *testing.T) {
	for r, open := range proxied(t, behindProxies) {
		for header, want := range goodHeaders {
			if want == "" {
				want = "127.0.0.1"
			}
			for _, whole := range []bool{true, false} {
				if !whole && len(header) > 300 {
					continue
				}
				conn := r.dial(t)
				written := net.Conn(&prefixed{Conn: conn, prefix: header})
				if !whole {
					conn.(*net.TCPConn).SetNoDelay(true)
					for i := range len(header) {
						io.WriteString(conn, header[i:i+1])
					}
					written = conn
				}
				viewer := open(written)
				reader := bufio.NewReader(viewer)
				for range 3 {
					io.WriteString(viewer, get("/"))
					if _, body := receive(t, reader); body != want {
						t.Errorf("%q: %s, want %s", header, body, want)
					}
				}
				conn.Close()
			}
		}
		if n := r.Stats().Unannounced; n != 0 {
			t.Errorf("%d are refused", n)
		}
	}
}

// prefixed writes something before what is written first, in one piece with it.
type prefixed struct {
	net.Conn
	prefix string
}

func (p *prefixed) Write(b []byte) (int, error) {
	whole := append([]byte(p.prefix), b...)
	n, err := p.Conn.Write(whole)
	n = max(0, n-len(p.prefix))
	p.prefix = ""
	return n, err
}

// TestServer_NoProxyHeader closes connections without an answer, and counts them. One that says nothing is not counted.
func TestServer_NoProxyHeader(t *testing.T) {
	for r := range proxied(t, func(c *Config) {
		behindProxies(c)
		c.ReadTimeout = time.Hour
	}) {
		for _, header := range badHeaders {
			conn := r.dial(t)
			io.WriteString(conn, header)
			if all, _ := io.ReadAll(conn); len(all) != 0 {
				t.Errorf("%q: got %q", header, all)
			}
			conn.Close()
		}
		cut := r.dial(t)
		io.WriteString(cut, "PROXY TCP4 203.0.113.5")
		cut.(*net.TCPConn).CloseWrite()
		if all, _ := io.ReadAll(cut); len(all) != 0 {
			t.Errorf("cut: got %q", all)
		}
		r.dial(t).Close()
		r.awaitStats(t, "closed", noConnections)
		if n := r.Stats().Unannounced; n != uint64(len(badHeaders)+1) || len(r.observed()) != 0 {
			t.Errorf("%d are counted, %d requests", n, len(r.observed()))
		}
	}
}

// TestServer_SlowProxyHeader has the time of one request for all that comes before it.
func TestServer_SlowProxyHeader(t *testing.T) {
	for r := range proxied(t, func(c *Config) {
		behindProxies(c)
		c.ReadTimeout = 100 * time.Millisecond
	}) {
		conn := r.dial(t)
		var sending sync.WaitGroup
		sending.Go(func() { trickle(conn, binaryHeader(0x20, 0, strings.Repeat("x", 4000))) })
		if all, _ := io.ReadAll(conn); len(all) != 0 {
			t.Errorf("got %q", all)
		}
		conn.Close()
		sending.Wait()
		r.awaitStats(t, "slow", func(s Stats) bool { return s.Connections == 0 && s.Unannounced == 1 })
	}
}

// TestServer_ProxyHeaderOfOthers: who is not trusted announces nothing, and the other way round a trusted one that is
// announced may say for whom it asks.
func TestServer_ProxyHeaderOfOthers(t *testing.T) {
	r := start(t, whoAsks, behindProxies)
	f := func(from, raw, want string) {
		t.Helper()
		if got := r.askFrom(t, from, raw); got != want {
			t.Errorf("from %s, %q: %s, want %s", from, raw, got, want)
		}
	}
	const direct, proxy = "PROXY TCP4 203.0.113.5 127.0.0.1 1 1\r\n", "PROXY TCP4 10.0.0.7 127.0.0.1 1 1\r\n"
	said := forwarded("X-Forwarded-For: 198.51.100.9")
	f("127.0.0.2", get("/"), "127.0.0.2")
	f("127.0.0.2", said, "127.0.0.2")
	f("127.0.0.2", direct+get("/"), "127.0.0.2") // answered 400: it is no request
	if records := r.observed(); records[len(records)-1].Status != 400 {
		t.Errorf("a header of somebody is taken: %+v", records[len(records)-1])
	}
	f("127.0.0.1", direct+said, "203.0.113.5")
	f("127.0.0.1", proxy+said, "198.51.100.9")
	f("127.0.0.1", "PROXY UNKNOWN\r\n"+said, "198.51.100.9")
}

// TestServer_EndsDuringProxyHeader does not wait for a header that has begun.
func TestServer_EndsDuringProxyHeader(t *testing.T) {
	r := start(t, whoAsks, behindProxies)
	io.WriteString(r.dial(t), "PROXY TCP4")
	r.awaitStats(t, "begin", func(s Stats) bool { return s.Connections == 1 })
	r.stop()
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}
