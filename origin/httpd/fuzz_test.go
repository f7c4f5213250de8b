package httpd

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// FuzzServer sends whatever comes to mind to a running server and then nothing more: every answer is well formed and
// counted once, the connection ends, nothing panics and nothing is left.
func FuzzServer(f *testing.F) {
	for _, raw := range []string{
		get("/echo"), get("/echo") + get("/none") + get("/hello"), "HEAD /echo HTTP/1.1\r\nHost: t\r\n\r\n" + get("/echo"),
		"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc" + get("/echo"),
		"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n" + get("/echo"),
		"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
		"GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET http://t/echo HTTP/1.1\r\nHost: t\r\n\r\n",
		"GET /echo HTTP/1.1\nHost: t\n\n", "GET /echo HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\nTrailer: X, Y\r\nCookie: a=b; c\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", "\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9\r\n\r\n--x\r\n\r\n--",
	} {
		f.Add([]byte(raw), uint16(10))
	}
	f.Add([]byte(get("/"+strings.Repeat("x", 2000))), uint16(1000))
	r := start(f, pages{"/echo": echo, "/hello": hello}, func(c *Config) {
		c.MaxHeaderBytes, c.ReadTimeout, c.IdleTimeout = 1024, 2*time.Second, 2*time.Second
	})
	f.Fuzz(func(t *testing.T, raw []byte, cut uint16) {

		// Who closes first waits with its port: one address has not enough of them.
		from := &net.TCPAddr{IP: net.IPv4(127, byte(rand.Uint32()), byte(rand.Uint32()), 2)}
		conn, err := (&net.Dialer{LocalAddr: from}).Dial("tcp", r.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		at := min(int(cut), len(raw))
		conn.Write(raw[:at]) // may fail when the server has had enough
		runtime.Gosched()
		conn.Write(raw[at:])
		conn.(*net.TCPConn).CloseWrite()
		conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		all, err := io.ReadAll(conn)
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Fatalf("%q: the connection does not end", raw)
		}
		for r.Stats().Connections != 0 {
			runtime.Gosched()
		}
		records := r.observed()
		reader := bufio.NewReader(bytes.NewReader(all))
		for i, rec := range records {
			if err != nil && reader.Buffered() == 0 && i > 0 {
				break // reset: the rest got lost on its way
			}
			checkAnswer(t, raw, reader, rec)
		}
		if rest, _ := io.ReadAll(reader); len(rest) != 0 {
			t.Errorf("%q: %d requests, and then %q", raw, len(records), rest)
		}
		if s := r.Stats(); s.Panics != 0 || s.Broken != 0 {
			t.Fatalf("%q: stats %+v", raw, s)
		}
		r.forget()
	})
}

// checkAnswer reads the answer that rec is of.
func checkAnswer(t *testing.T, raw []byte, reader *bufio.Reader, rec Record) {
	t.Helper()
	peeked, _ := reader.Peek(1)
	if len(peeked) == 0 {
		return // lost with a reset: the server had more to read than it wanted
	}
	method := "GET"
	if rec.Bytes == 0 { // no page has an empty body
		method = http.MethodHead
	}
	response, err := http.ReadResponse(reader, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != rec.Status || int64(len(body)) != rec.Bytes {
		t.Errorf("%q: %s with %d bytes, %v; record %d, %d", raw, response.Status, len(body), err, rec.Status, rec.Bytes)
	}
	switch rec.Status {
	case 200, 400, 404, 408, 413, 431:
	default:
		t.Errorf("%q: %s", raw, response.Status)
	}
}
