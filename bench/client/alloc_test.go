//go:build !race

package client_test

import (
	"io"
	"net"
	"testing"
	"time"

	"headwater/bench/client"
)

// repeating serves one connection with the same answer to every request of the same length, and allocates nothing
// itself, so that all allocations of the process are the client's.
func repeating(t testing.TB, requestBytes int, answer []byte) client.Target {
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
		for request := make([]byte, requestBytes); ; {
			if _, err := io.ReadFull(conn, request); err != nil {
				return
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { ln.Close(); <-served })
	return client.Target{Address: ln.Addr().String(), Host: "h"}
}

const (
	onlyRequest = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
	megabyte    = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nETag: \"x\"\r\n\r\n"
)

func TestDo_allocates(t *testing.T) {
	for name, test := range map[string]struct {
		use    client.Use
		answer []byte
	}{
		"discard": {client.Discard, append([]byte(megabyte), noise(1e6)...)},
		"hash":    {client.Hash, append([]byte(megabyte), noise(1e6)...)},
		"keep":    {client.Keep, append([]byte(megabyte), noise(1e6)...)},
		"small":   {client.Discard, []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")},
	} {
		c := connect(t, repeating(t, len(onlyRequest), test.answer))
		request, response := client.Request{Path: "/x", Use: test.use}, client.Response{}
		deadline := time.Now().Add(time.Minute)
		allocations := testing.AllocsPerRun(50, func() {
			request.Deadline = deadline
			if err := c.Do(&request, &response); err != nil {
				t.Error(err)
			}
			if string(response.Field("ETag")) == "y" {
				t.Error("another ETag")
			}
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations a request", name, allocations)
		}
		c.Close()
	}
}

func BenchmarkConn_Do(b *testing.B) {
	megabytes := append([]byte(megabyte), noise(1e6)...)
	for _, bench := range []struct {
		name   string
		use    client.Use
		answer []byte
	}{
		{"small", client.Discard, []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")},
		{"discard", client.Discard, megabytes},
		{"hash", client.Hash, megabytes},
	} {
		b.Run(bench.name, func(b *testing.B) {
			c := connect(b, repeating(b, len(onlyRequest), bench.answer))
			request, response := client.Request{Path: "/x", Use: bench.use}, client.Response{}
			b.ReportAllocs()
			b.SetBytes(int64(len(bench.answer)))
			for b.Loop() {
				if err := c.Do(&request, &response); err != nil {
					b.Fatal(err)
				}
			}
			c.Close()
		})
	}
}
