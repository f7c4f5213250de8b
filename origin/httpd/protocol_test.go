package httpd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// echo answers with method, target and body of the request.
func echo(_ context.Context, x *Exchange) {
	content := fmt.Sprintf("%s %s %q", x.Request.Header.Method(), x.Request.Header.RequestURI(), x.Request.Body())
	x.Head(200).Field("Content-Type", "text/plain")
	x.SendMemory([]byte(content), nil)
}

// ended reads to the end of the connection and returns what came.
func ended(t *testing.T, reader io.Reader) string {
	t.Helper()
	all, err := io.ReadAll(reader)
	if err != nil {
		t.Errorf("%d bytes, %v", len(all), err)
	}
	return string(all)
}

// TestServer_Framing sends a request and, in the same breath, another one: what the first leaves behind must not be taken
// for a request.
func TestServer_Framing(t *testing.T) {
	r := start(t, pages{"/a": echo, "/b": echo}, nil)
	f := func(name, raw string, wants ...string) {
		t.Helper()
		conn := r.dial(t)
		io.WriteString(conn, raw+get("/b"))
		reader := bufio.NewReader(conn)
		for i, want := range wants {
			last := i == len(wants)-1 && want != `GET /b ""`
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Errorf("%s: answer %d: %v", name, i, err)
				return
			}
			body, err := io.ReadAll(response.Body)
			got := string(body)
			if response.StatusCode != 200 {
				got = response.Status[:3]
			}
			if err != nil || got != want || response.Close != last {
				t.Errorf("%s: answer %d is %q, %v, closes %t; want %q, %t", name, i, got, err, response.Close, want, last)
			}
		}
		conn.(interface{ CloseWrite() error }).CloseWrite()
		if rest := ended(t, reader); rest != "" {
			t.Errorf("%s: and then %q", name, rest)
		}
	}
	const end = "\r\n\r\n"
	const next = `GET /b ""`
	f("plain", get("/a"), `GET /a ""`, next)
	f("empty lines before", "\r\n\r\n"+get("/a"), `GET /a ""`, next)
	f("body", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3"+end+"abc", `POST /a "abc"`, next)
	f("body of a GET", "GET /a HTTP/1.1\r\nHost: t\r\nContent-Length: 3"+end+"abc", `GET /a "abc"`, next)
	f("largest body", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 1024"+end+strings.Repeat("x", 1024),
		fmt.Sprintf(`POST /a "%s"`, strings.Repeat("x", 1024)), next)
	f("larger body", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 1025"+end+strings.Repeat("x", 1025), "413")
	f("chunks", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked"+end+"3\r\nabc\r\n0\r\n\r\n", `POST /a "abc"`, next)
	f("chunks that grow", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked"+end+
		strings.Repeat("80\r\n"+strings.Repeat("x", 128)+"\r\n", 9)+"0\r\n\r\n", "413")
	f("endless chunk size", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked"+end+strings.Repeat("f", 100)+"\r\n", "400")
	f("length and chunks", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"+end+"0\r\n\r\n", `POST /a ""`)
	f("chunks and length", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 5"+end+"0\r\n\r\n", `POST /a ""`)
	f("two lengths", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 5"+end, "400")
	f("equal lengths", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nContent-Length: 0"+end, "400")
	f("list of lengths", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 0, 0"+end, "400")
	f("signed length", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: +0"+end, "400")
	f("negative length", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: -1"+end, "400")
	f("huge length", "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999"+end, "400")
	f("other coding", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked"+end+"0\r\n\r\n", "400")
	f("hidden coding", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding : chunked"+end+"0\r\n\r\n", "400")
	f("hidden coding, tab", "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding\t: chunked"+end+"0\r\n\r\n", "400")
	f("coding in 1.0", "POST /a HTTP/1.0\r\nHost: t\r\nTransfer-Encoding: chunked"+end+"0\r\n\r\n", "400")
	f("bare CR in a value", "GET /a HTTP/1.1\r\nHost: t\r\nX: a\rGET /b HTTP/1.1"+end, "400")
	f("NUL in a value", "GET /a HTTP/1.1\r\nHost: t\r\nX: a\x00"+end, "400")
	f("bare CR in the target", "GET /a\r HTTP/1.1\r\nHost: t"+end, "400")
	f("field without a name", "GET /a HTTP/1.1\r\nHost: t\r\n: x"+end, "400")
	f("field without a colon", "GET /a HTTP/1.1\r\nHost: t\r\nfield"+end, "400")
	f("leading space", "GET /a HTTP/1.1\r\n Host: t"+end, "400")
	f("no host", "GET /a HTTP/1.1"+end, "400")
	f("two hosts", "GET /a HTTP/1.1\r\nHost: t\r\nHost: u"+end, "400")
	f("no version", "GET /a"+end, "400")
	f("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400")
	f("1.0", "GET /a HTTP/1.0"+end, `GET /a ""`)
	f("1.0, keep-alive", "GET /a HTTP/1.0\r\nConnection: keep-alive"+end, `GET /a ""`)
	f("close", "GET /a HTTP/1.1\r\nHost: t\r\nConnection: close"+end, `GET /a ""`)
	f("close among others", "GET /a HTTP/1.1\r\nHost: t\r\nConnection: TE, Close"+end, `GET /a ""`)
	f("expects to continue", "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3"+end+"abc", `POST /a ""`)
	f("expects what nobody knows", "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 200-ok\r\nContent-Length: 3"+end+"abc", `POST /a "abc"`, next)
	if stats := r.Stats(); stats.Panics != 0 {
		t.Errorf("stats %+v", stats)
	}
}

// TestServer_HeaderSize sends headers of exactly the largest size and of one byte more, whole and in two parts.
func TestServer_HeaderSize(t *testing.T) {
	for _, limit := range []int{1024, 8 << 10, 64 << 10} {
		r := start(t, pages{"/a": echo}, func(c *Config) { c.MaxHeaderBytes = limit })
		for excess, want := range []int{200, 431} {
			for _, cut := range []int{0, 20, limit / 2} {
				raw := "GET /a HTTP/1.1\r\nHost: t\r\nX: "
				raw += strings.Repeat("x", limit+excess-len(raw)-4) + "\r\n\r\n"
				conn := r.dial(t)
				reader := bufio.NewReader(conn)
				for range 2 { // the second one is no different
					io.WriteString(conn, raw[:cut])
					io.WriteString(conn, raw[cut:])
					response, _ := receive(t, reader)
					if response.StatusCode != want || response.Close != (want != 200) {
						t.Errorf("%d of %d bytes, cut at %d: %s", len(raw), limit, cut, response.Status)
					}
					if want != 200 {
						break
					}
				}
				conn.Close()
			}
		}
	}
}

// TestServer_PipeliningAcrossExchanges has two clients take turns with requests that arrive in parts, so that exchanges go
// from one connection to the other.
func TestServer_PipeliningAcrossExchanges(t *testing.T) {
	for name, dial := range dialers(t, pages{"/echo": echo}) {
		type client struct {
			io.Writer
			*bufio.Reader
		}
		var clients [2]client
		for i := range clients {
			conn := dial()
			clients[i] = client{conn, bufio.NewReader(conn)}
		}
		next := func(i, k int) string {
			return fmt.Sprintf("POST /echo?%d-%d HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n%02d", i, k, k)
		}
		for k := range 30 {
			for i, c := range clients {
				one, two := next(i, 2*k), next(i, 2*k+1)
				cut := (7*k + 13*i) % len(two)
				io.WriteString(c, one+two[:cut])
				for j, rest := range []string{two[cut:], ""} {
					want := fmt.Sprintf(`POST /echo?%d-%d "%02d"`, i, 2*k+j, 2*k+j)
					if response, body := receive(t, c.Reader); response.StatusCode != 200 || body != want {
						t.Fatalf("%s: %s %q, want %q", name, response.Status, body, want)
					}
					io.WriteString(c, rest)
				}
			}
		}
	}
}

// TestServer_BothAnswers has a handler set Response and Head: the latter wins, and nothing of the former is left for the
// next request.
func TestServer_BothAnswers(t *testing.T) {
	r := start(t, pages{
		"/both": func(_ context.Context, x *Exchange) {
			x.Response.SetStatusCode(fasthttp.StatusTeapot)
			x.Response.Header.Set("X-Left", "behind")
			x.Response.SetBodyString("left behind")
			x.Head(200).Field("X-Head", "yes")
			x.SendMemory([]byte("sent"), nil)
		},
		"/none":  func(context.Context, *Exchange) {},
		"/hello": hello,
	}, nil)
	conn := r.dial(t)
	reader := bufio.NewReader(conn)
	for range 2 {
		io.WriteString(conn, get("/both"))
		if response, body := receive(t, reader); response.StatusCode != 200 || body != "sent" || response.Header.Get("X-Head") != "yes" || response.Header.Get("X-Left") != "" {
			t.Errorf("%s %v %q", response.Status, response.Header, body)
		}
		io.WriteString(conn, get("/none"))
		if response, body := receive(t, reader); response.StatusCode != 200 || body != "" || len(response.Header) != 3 { // length, date, id
			t.Errorf("then %s %v %q", response.Status, response.Header, body)
		}
		io.WriteString(conn, get("/hello"))
		if response, body := receive(t, reader); body != "hello" || len(response.Header) != 3 {
			t.Errorf("then %s %v %q", response.Status, response.Header, body)
		}
	}
}

// TestServer_AnswersHaveADate: all of them (RFC 9110 §6.6.1).
func TestServer_AnswersHaveADate(t *testing.T) {
	r := start(t, pages{"/hello": hello, "/echo": echo}, nil)
	for _, raw := range []string{get("/hello"), get("/echo"), get("/none"), "rubbish\r\n\r\n"} {
		response, _ := r.send(t, raw)
		if date, err := http.ParseTime(response.Header.Get("Date")); err != nil || date.Year() < 2026 {
			t.Errorf("%.10q: %v", raw, response.Header)
		}
	}
}

// brokenPages panics where it should answer what went wrong before.
type brokenPages struct{ pages }

func (brokenPages) Fail(*Exchange, int) { panic("boom") }

// TestServer_PanicOfFail ends one connection, not the process.
func TestServer_PanicOfFail(t *testing.T) {
	r := start(t, brokenPages{pages{"/boom": func(context.Context, *Exchange) { panic("boom") }, "/echo": echo}}, nil)
	for _, raw := range []string{"rubbish\r\n\r\n", get("/boom")} {
		conn := r.dial(t)
		io.WriteString(conn, raw)
		if all := ended(t, conn); all != "" {
			t.Errorf("got %q", all)
		}
		if response, body := r.send(t, get("/echo")); response.StatusCode != 200 || body != `GET /echo ""` {
			t.Errorf("then %s %q", response.Status, body)
		}
	}
	if stats := r.Stats(); stats.Panics != 3 { // that of Serve, too
		t.Errorf("stats %+v", stats)
	}
}

// TestServer_PanicOfObserver has the one who is told of a finished answer panic: nothing of it is left for others.
func TestServer_PanicOfObserver(t *testing.T) {
	r := start(t, pages{
		"/boom": func(ctx context.Context, x *Exchange) {
			echo(ctx, x)
			x.Record.Route = observerPanics
		},
		"/none": func(context.Context, *Exchange) {},
	}, nil)
	conn := r.dial(t)
	io.WriteString(conn, get("/boom"))
	if all := ended(t, conn); all != "" {
		t.Errorf("got %q", all)
	}
	for range 20 {
		if response, body := r.send(t, get("/none")); response.StatusCode != 200 || body != "" || len(response.Header) != 3 {
			t.Errorf("then %s %v %q", response.Status, response.Header, body)
		}
	}
}
