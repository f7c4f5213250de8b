package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// visit is one client's time with the server.
type visit struct {
	net.Conn
	plain     *net.TCPConn
	ctx       context.Context
	catalogue *catalogue
	random    *rand.Rand
	host      string
}

func (v *visit) prepare(settings *tls.Config) error {
	if err := v.SetDeadline(time.Now().Add(visitPatience)); err != nil {
		return err
	}
	if settings != nil {
		v.Conn = tls.Client(v.Conn, settings)
	}
	return nil
}

// pause waits for some time up to longest.
func (v *visit) pause(longest time.Duration) {
	timer := time.NewTimer(time.Duration(v.random.Int64N(int64(longest))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-v.ctx.Done():
	}
}

func (v *visit) pick(paths []string) string { return paths[v.random.IntN(len(paths))] }

// any picks a segment of any size, large ones the least.
func (v *visit) any() string {
	c := v.catalogue
	return v.pick([][]string{c.large, c.middling, c.middling, c.middling, c.small, c.small}[v.random.IntN(6)])
}

// ask sends a request with further lines and reads the head of the answer.
func (v *visit) ask(path, lines string) (*http.Response, error) {
	if _, err := fmt.Fprintf(v, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, v.host, lines); err != nil {
		return nil, fmt.Errorf("send a request: %w", plainly(err))
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(v, 4096), nil)
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", plainly(err))
	}
	return response, nil
}

// want asks and demands a status.
func (v *visit) want(status int, path, lines string) (*http.Response, error) {
	response, err := v.ask(path, lines)
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("status %d instead of %d", response.StatusCode, status)
	}
	return response, err
}

// plainly takes the addresses out of an error of the network, so that equal ones look equal.
func plainly(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	return err
}

// leave reads a part of a segment and is gone, now and then with a reset.
func (v *visit) leave() error {
	response, err := v.want(http.StatusOK, v.any(), "")
	if err != nil {
		return err
	}
	part := v.random.Int64N(response.ContentLength)
	if _, err := io.CopyN(io.Discard, response.Body, part); err != nil {
		return fmt.Errorf("read a body: %w", plainly(err))
	}
	if v.random.IntN(2) == 0 {
		return v.plain.SetLinger(0)
	}
	return nil
}

// nothing is a scan of ports, or a client whose handshake never comes.
func (v *visit) nothing() error {
	v.pause(8 * time.Second)
	return nil
}

func (v *visit) absent() error {
	path := []string{"/", "/v/absent/hls/master.m3u8", v.pick(v.catalogue.small) + "0000", "/favicon.ico"}[v.random.IntN(4)]
	response, err := v.ask(path, "")
	if err == nil && (response.StatusCode < 400 || response.StatusCode > 499) {
		err = fmt.Errorf("status %d for what is not there", response.StatusCode)
	}
	return err
}

// stall reads the head of an answer and no more, with a small window so that the server has to wait.
func (v *visit) stall() error {
	if err := v.plain.SetReadBuffer(4096); err != nil {
		return err
	}
	_, err := v.want(http.StatusOK, v.any(), "")
	if err == nil {
		v.pause(75 * time.Second)
	}
	return err
}

// slow reads a whole segment at some 64 KiB a second, four times what the server demands.
func (v *visit) slow() error {
	response, err := v.want(http.StatusOK, v.pick(v.catalogue.middling), "")
	if err != nil {
		return err
	}
	const step = 16 << 10
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	for {
		_, err := io.CopyN(io.Discard, response.Body, step)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("an honest client is cut: %w", plainly(err))
		}
		<-tick.C
	}
}
