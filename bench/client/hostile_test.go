package client_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"headwater/bench/client"
)

// scripted serves one connection: it reads one request, says what is given, and closes.
func scripted(t *testing.T, answer string) client.Target {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var request []byte
		for buf := make([]byte, 1024); !bytes.HasSuffix(request, []byte("\r\n\r\n")); {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			request = append(request, buf[:n]...)
		}
		io.WriteString(conn, answer)
	}()
	t.Cleanup(func() { ln.Close(); <-served })
	return client.Target{Address: ln.Addr().String()}
}

const ok = "HTTP/1.1 200 OK\r\n"

func TestDo_hostile(t *testing.T) {
	long := strings.Repeat("x", client.MaxHeadBytes)
	for name, test := range map[string]struct {
		answer string
		kind   error
	}{
		"nothing":               {"", client.ErrStale},
		"half a status line":    {"HTTP/1.1 20", client.ErrTruncated},
		"no empty line":         {ok + "Content-Length: 0\r\n", client.ErrTruncated},
		"not HTTP":              {"SSH-2.0-OpenSSH_9.2\r\n\r\n", client.ErrMalformed},
		"HTTP/2":                {"HTTP/2.0 200 OK\r\n\r\n", client.ErrMalformed},
		"HTTP/1.2":              {"HTTP/1.2 200 OK\r\n\r\n", client.ErrMalformed},
		"status of letters":     {"HTTP/1.1 2x0 OK\r\n\r\n", client.ErrMalformed},
		"status of 4 digits":    {"HTTP/1.1 2000\r\n\r\n", client.ErrMalformed},
		"status 99":             {"HTTP/1.1 099 x\r\n\r\n", client.ErrMalformed},
		"lines without CR":      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n", client.ErrMalformed},
		"folded line":           {ok + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", client.ErrMalformed},
		"space before colon":    {ok + "Content-Length : 0\r\n\r\n", client.ErrMalformed},
		"no colon":              {ok + "Content-Length\r\n\r\n", client.ErrMalformed},
		"control in value":      {ok + "A: b\x00\r\nContent-Length: 0\r\n\r\n", client.ErrMalformed},
		"two lengths":           {ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", client.ErrMalformed},
		"negative length":       {ok + "Content-Length: -1\r\n\r\n", client.ErrMalformed},
		"signed length":         {ok + "Content-Length: +1\r\n\r\nx", client.ErrMalformed},
		"empty length":          {ok + "Content-Length:\r\n\r\n", client.ErrMalformed},
		"length of 20 digits":   {ok + "Content-Length: 99999999999999999999\r\n\r\n", client.ErrMalformed},
		"length and chunks":     {ok + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", client.ErrMalformed},
		"gzip, chunked":         {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", client.ErrMalformed},
		"chunked twice":         {ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", client.ErrMalformed},
		"chunks in HTTP/1.0":    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", client.ErrMalformed},
		"endless header":        {ok + "A: " + long, client.ErrMalformed},
		"many fields":           {ok + strings.Repeat("A: b\r\n", client.MaxHeadBytes), client.ErrMalformed},
		"interim without end":   {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), client.ErrMalformed},
		"another protocol":      {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", client.ErrMalformed},
		"chunk without size":    {ok + "Transfer-Encoding: chunked\r\n\r\n;a=b\r\n\r\n", client.ErrMalformed},
		"chunk of 17 digits":    {ok + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx", client.ErrMalformed},
		"negative chunk":        {ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx", client.ErrMalformed},
		"chunk longer than so":  {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", client.ErrMalformed},
		"chunks cut off":        {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc", client.ErrTruncated},
		"no last chunk":         {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", client.ErrTruncated},
		"endless chunk line":    {ok + "Transfer-Encoding: chunked\r\n\r\n1;" + long, client.ErrMalformed},
		"text after the size":   {ok + "Transfer-Encoding: chunked\r\n\r\n0 00\r\n\r\n", client.ErrMalformed},
		"trailer without colon": {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n0\r\n\r\n", client.ErrMalformed},
		"endless trailer":       {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 6000), client.ErrMalformed},
		"body cut off":          {ok + "Content-Length: 10\r\n\r\nabc", client.ErrTruncated},
		"no body at all":        {ok + "Content-Length: 10\r\n\r\n", client.ErrTruncated},
		"more than the length":  {ok + "Content-Length: 1\r\n\r\nab", client.ErrMalformed},
		"body of 204":           {"HTTP/1.1 204 No Content\r\n\r\nab", client.ErrMalformed},
		"a length, but nothing": {ok + "Content-Length: 9223372036854775807\r\n\r\n", client.ErrMalformed},
	} {
		for _, use := range []client.Use{client.Discard, client.Hash, client.Keep} {
			c := connect(t, scripted(t, test.answer))
			err := c.Do(&client.Request{Path: "/", Use: use}, new(client.Response))
			if !errors.Is(err, test.kind) || c.Reusable() {
				t.Errorf("%s: %v, want %v; reusable %t", name, err, test.kind, c.Reusable())
			}
		}
	}
}

func TestDo_missing(t *testing.T) {
	for _, use := range []client.Use{client.Discard, client.Hash, client.Keep} {
		c := connect(t, scripted(t, ok+"Content-Length: 1000000\r\n\r\n"+strings.Repeat("x", 300_000)))
		var response client.Response
		var failure *client.Error
		err := c.Do(&client.Request{Path: "/", Use: use}, &response)
		if !errors.As(err, &failure) || failure.BodyBytes != 300_000 || failure.Missing != 700_000 || response.BodyBytes != 300_000 {
			t.Errorf("use %d: %v, response of %d bytes", use, err, response.BodyBytes)
		}
	}
}

func TestDo_lastAnswer(t *testing.T) {
	for name, answer := range map[string]string{
		"close":               ok + "Content-Length: 2\r\nConnection: keep-alive, Close\r\n\r\nab",
		"close, then not":     ok + "Content-Length: 2\r\nConnection: close\r\nConnection: keep-alive\r\n\r\nab",
		"HTTP/1.0":            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
		"until it closes":     ok + "\r\nab",
		"until close, in 1.0": "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nab",
	} {
		for _, use := range []client.Use{client.Discard, client.Hash, client.Keep} {
			c := connect(t, scripted(t, answer))
			if r := do(t, c, client.Request{Path: "/", Use: use}); r.BodyBytes != 2 || c.Reusable() {
				t.Errorf("%s: %d bytes, reusable %t", name, r.BodyBytes, c.Reusable())
			}
		}
	}
	c := connect(t, scripted(t, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nab"))
	if do(t, c, client.Request{Path: "/"}); !c.Reusable() {
		t.Error("HTTP/1.0 with keep-alive is not reusable")
	}
}

func TestDo_chunks(t *testing.T) {
	c := connect(t, scripted(t, ok+"Transfer-Encoding: Chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n00A \r\n0123456789\r\n0\r\nExpires: never\r\n\r\n"))
	if r := do(t, c, client.Request{Path: "/", Use: client.Keep}); string(r.Body) != "abc0123456789" || !c.Reusable() {
		t.Errorf("%q, reusable %t", r.Body, c.Reusable())
	}
}
