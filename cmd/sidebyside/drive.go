package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"headwater/bench/client"
)

// The client side runs as a process of its own, on its own core, and does what it reads on standard input: a stream of
// commands as JSON, each answered by an outcome.

// command asks the driver for one thing; the first that is set is done.
type command struct {
	Session string // a name; connections are kept until it is closed
	Open    *opening
	Load    *load
	Stall   int // connections
	Close   bool
}

// opening connects a session.
type opening struct {
	Address     string
	Root        string // PEM file that signs the server's certificate; plain TCP when empty
	Connections int
	Objects     []object
}

// load is a closed loop: each connection asks for the next object as soon as it has the last one.
type load struct {
	Requests int
	Zipf     float64 // exponent of the objects' popularity; 0 asks for all in turn
	Seed     uint64  // of the order
	// HashEvery is how often a body is hashed and compared; it is checked in length otherwise.
	HashEvery int
	Once      bool // each connection asks once; Requests is then their number
}

// outcome is what came of a command.
type outcome struct {
	Error    string         // why it could not be done
	Cipher   string         // of a session with TLS
	Bytes    int64          // of the bodies
	Wall     time.Duration  // of the load
	Failures map[string]int // answers that were not as they must be, by what was wrong
}

// drive does commands until in ends.
func drive(in io.Reader, out io.Writer) error {
	commands, outcomes := json.NewDecoder(in), json.NewEncoder(out)
	sessions := map[string]*session{}
	for {
		var c command
		if err := commands.Decode(&c); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		result, err := c.do(sessions)
		if err != nil {
			result.Error = err.Error()
		}
		if err := outcomes.Encode(result); err != nil {
			return err
		}
	}
}

func (c *command) do(sessions map[string]*session) (result outcome, err error) {
	s := sessions[c.Session]
	switch {
	case c.Open != nil:
		s, result.Cipher, err = c.Open.connect()
		sessions[c.Session] = s
		return result, err
	case s == nil:
		return outcome{}, fmt.Errorf("there is no session %q", c.Session)
	case c.Load != nil:
		return s.run(*c.Load), nil
	case c.Stall > 0:
		return outcome{}, s.stall(c.Stall)
	default:
		delete(sessions, c.Session)
		return outcome{}, s.close()
	}
}

// dialTimeout bounds connecting to a server on this machine.
const dialTimeout = 10 * time.Second

// connect opens all connections of a session, one after another.
func (o *opening) connect() (s *session, cipher string, err error) {
	target := client.Target{Address: o.Address}
	if o.Root != "" {
		if target.TLS, err = trust(o.Root); err != nil {
			return nil, "", err
		}
		target.TLS.VerifyConnection = func(state tls.ConnectionState) error {
			cipher = tls.CipherSuiteName(state.CipherSuite)
			return nil
		}
	}
	s = &session{target: target, objects: o.Objects}
	for range o.Connections {
		conn, err := s.dial()
		if err != nil {
			return nil, "", errors.Join(err, s.close())
		}
		s.conns = append(s.conns, conn)
	}
	if target.TLS != nil {
		target.TLS.VerifyConnection = nil
	}
	return s, cipher, nil
}

// trust returns the settings of a client that trusts one certificate and speaks TLS 1.3 alone.
func trust(root string) (*tls.Config, error) {
	certificate, err := os.ReadFile(root)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certificate) {
		return nil, fmt.Errorf("%s: no certificate", root)
	}
	return &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS13}, nil
}

func (s *session) dial() (*client.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	return client.Dial(ctx, s.target)
}
