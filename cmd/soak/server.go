package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"headwater/bench/client"
	"headwater/cmd/internal/process"
)

// server is a running headwater serve.
type server struct {
	name            string
	settings        []string // flags that make it differ from the defaults
	cmd             *exec.Cmd
	viewer, control string // base URLs
	complaints      complaints
	logged          chan struct{} // closed at the end of its log
}

// startServer starts a server on a data folder and returns when it accepts.
func startServer(ctx context.Context, name, binary, data string, settings ...string) (*server, error) {
	s := &server{name: name, settings: settings, logged: make(chan struct{})}
	args := append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, settings...)
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), binary, args...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop the servers
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { defer close(s.logged); s.complaints.read(stderr) }()
	if err := s.readAddresses(bufio.NewScanner(stdout)); err != nil {
		<-s.logged
		return nil, fmt.Errorf("headwater serve: %w (%w): %s", err, s.cmd.Wait(), s.complaints.last)
	}
	return s, nil
}

// readAddresses reads what serve prints when it listens.
func (s *server) readAddresses(lines *bufio.Scanner) error {
	for lines.Scan() {
		switch name, address, _ := strings.Cut(lines.Text(), " "); name {
		case "viewer":
			s.viewer = address
		case "control":
			s.control = address
			return nil
		}
	}
	return errors.New("it did not say where it listens")
}

// stop ends the server, which must do so in peace.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("server %s: %w", s.name, err)
	}
	<-s.logged // Wait closes what it is read from
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("server %s: %w: %s", s.name, err, s.complaints.last)
	}
	return nil
}

func (s *server) id() process.ID { return process.ID(s.cmd.Process.Pid) }

func (s *server) secure() bool { return strings.HasPrefix(s.viewer, "https:") }

// target is how clients of ours connect. The certificate is ours, too, and of no interest here.
func (s *server) target() client.Target {
	u, err := url.Parse(s.viewer)
	if err != nil {
		panic(fmt.Sprintf("server %s printed %q as its address", s.name, s.viewer))
	}
	t := client.Target{Address: u.Host}
	if s.secure() {
		t.TLS = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}
	}
	return t
}

// complaints are the lines of a log that somebody should look at.
type complaints struct {
	mu    sync.Mutex
	last  string
	lines []string // the first of them
	count int
}

const maxComplaints = 5

// read reads a log to its end.
func (c *complaints) read(log io.Reader) {
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		c.add(bytes.TrimSpace(line))
		if err != nil {
			return
		}
	}
}

// add keeps the line if it is more than news.
func (c *complaints) add(line []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(line) > 0 {
		c.last = string(line)
	}
	if !bytes.Contains(line, []byte(`"level":"error"`)) && !bytes.HasPrefix(line, []byte("panic")) && !bytes.HasPrefix(line, []byte("fatal")) {
		return
	}
	if c.count++; len(c.lines) < maxComplaints {
		c.lines = append(c.lines, string(line))
	}
}

// seen returns how many there were and the first of them.
func (c *complaints) seen() (count int, first []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count, slices.Clone(c.lines)
}
