package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// ranges asks for a part of a segment, or for one that does not exist, and demands exactly that.
func (v *visit) ranges() error {
	first, length := v.random.Int64N(50_000), 1+v.random.Int64N(20_000)
	status, field := http.StatusPartialContent, fmt.Sprintf("bytes=%d-%d", first, first+length-1)
	switch v.random.IntN(5) {
	case 0:
		field = fmt.Sprintf("bytes=-%d", length)
	case 1:
		status, length, field = http.StatusRequestedRangeNotSatisfiable, -1, "bytes=1000000000-"
	}
	response, err := v.want(status, v.pick(v.catalogue.large), "Range: "+field+"\r\n")
	if err != nil {
		return fmt.Errorf("range: %w", err)
	}
	got, err := io.Copy(io.Discard, response.Body)
	if err != nil {
		return fmt.Errorf("range: read the body: %w", plainly(err))
	}
	if length >= 0 && got != length {
		return fmt.Errorf("range: another length than asked for")
	}
	return nil
}

// malformedRequests are what no server should take for a request.
var malformedRequests = []string{
	"GET\r\n\r\n",
	"GET /v/a HTTP/9.9\r\n\r\n",
	"GET /v/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"GET /v/a HTTP/1.1\r\n\r\n",
	"GET /v/../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
	"POST /v/a/hls/master.m3u8 HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
	"POST /v/a/hls/master.m3u8 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET ",
	"GET /v/a HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("long", 10_000) + "\r\n\r\n",
	"GET /" + strings.Repeat("%2e%2e/", 2_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a handshake that is none \r\n\r\n",
	strings.Repeat("\x00", 20_000),
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}

// garbage sends what is no request, or random bytes, and demands an end or a refusal.
func (v *visit) garbage() error {
	text := []byte(v.pick(malformedRequests))
	if v.random.IntN(2) == 0 {
		text = make([]byte, 1+v.random.IntN(3000))
		for i := range text {
			text[i] = byte(v.random.Uint32())
		}
	}
	if _, err := v.Write(text); err != nil {
		return cut(err)
	}
	return v.refused()
}

// half sends a part of a request, and then leaves, or waits for the server to lose its patience.
func (v *visit) half() error {
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: half\r\n\r\n", v.pick(v.catalogue.small), v.host)
	if _, err := io.WriteString(v, request[:1+v.random.IntN(len(request)-2)]); err != nil {
		return cut(err)
	}
	if v.random.IntN(2) == 0 {
		v.pause(5 * time.Second)
		return nil
	}
	return v.refused()
}

// refused waits for the end of the connection; an answer before it must be a refusal of the client's doing.
func (v *visit) refused() error {
	response, err := http.ReadResponse(bufio.NewReaderSize(v, 4096), nil)
	if err != nil {
		return cut(err)
	}
	if response.StatusCode < 400 || response.StatusCode > 499 {
		return fmt.Errorf("status %d for what is no request", response.StatusCode)
	}
	return nil
}

// cut accepts every way in which a connection ends but one: that nobody ended it.
func cut(err error) error {
	var timeout net.Error
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the server waits for ever")
	}
	return nil
}
