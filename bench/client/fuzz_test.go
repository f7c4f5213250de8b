package client

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// played is a connection whose other end has said everything already.
type played struct {
	net.Conn
	bytes.Reader
}

func (p *played) Read(b []byte) (int, error)    { return p.Reader.Read(b) }
func (p *played) Write(b []byte) (int, error)   { return len(b), nil }
func (p *played) SetDeadline(t time.Time) error { return nil }
func playedConn(answer []byte) *Conn            { return newPlayed(&played{Reader: *bytes.NewReader(answer)}) }
func newPlayed(p *played) *Conn                 { return &Conn{conn: p, host: "h", in: input{from: p}} }

// FuzzDo holds against net/http: what is accepted here is accepted there, with the same status and body.
func FuzzDo(f *testing.F) {
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.0 200\r\n\r\nall that comes",
		"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 77\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close, x\r\n\r\nabc",
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var got Response
		err := playedConn(answer).Do(&Request{Path: "/", Use: Keep}, &got)
		if int64(len(got.Body)) != got.BodyBytes || len(got.Body) > len(answer) || len(got.head) > MaxHeadBytes {
			t.Fatalf("%d bytes of body, %d kept, of %d", got.BodyBytes, len(got.Body), len(answer))
		}
		var summed, dropped Response
		if again := playedConn(answer).Do(&Request{Path: "/", Use: Hash}, &summed); (again == nil) != (err == nil) {
			t.Fatalf("kept: %v, hashed: %v", err, again)
		}
		if again := playedConn(answer).Do(&Request{Path: "/"}, &dropped); (again == nil) != (err == nil) || dropped.BodyBytes != got.BodyBytes {
			t.Fatalf("kept: %d bytes, %v; dropped: %d bytes, %v", got.BodyBytes, err, dropped.BodyBytes, again)
		}
		if err != nil {
			return
		}
		status, body, err := readStandard(answer)
		if err != nil || status != got.Status || !bytes.Equal(body, got.Body) {
			t.Errorf("%d with %q here; net/http: %d with %q, %v", got.Status, got.Body, status, body, err)
		}
	})
}

// readStandard reads the final answer as net/http does.
func readStandard(answer []byte) (status int, body []byte, err error) {
	in := bufio.NewReader(bytes.NewReader(answer))
	for {
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return 0, nil, err
		}
		if response.StatusCode >= 200 {
			body, err = io.ReadAll(response.Body)
			return response.StatusCode, body, err
		}
	}
}
