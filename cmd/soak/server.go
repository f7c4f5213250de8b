package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	log             string // file; a pipe would have the server wait for us, who are busy with being its clients
	complaints      complaints
}

// startServer starts a server on a data folder and returns when it accepts. It logs to a file in dir.
func startServer(name, binary, data, dir string, settings ...string) (*server, error) {
	s := &server{name: name, settings: settings, log: filepath.Join(dir, name+".log")}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, settings...)
	s.cmd = exec.Command(binary, args...)
	s.cmd.Stderr = log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop the servers
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.readAddresses(bufio.NewScanner(stdout)); err != nil {
		return nil, s.ended(err)
	}
	return s, nil
}

// ended waits for the end of the server and reads its log. The error says why, if it did not end in peace or before
// there was another.
func (s *server) ended(before error) error {
	err := errors.Join(before, s.cmd.Wait())
	log, openErr := os.Open(s.log)
	if openErr != nil {
		return errors.Join(err, openErr)
	}
	defer log.Close()
	s.complaints.read(log)
	if err != nil {
		err = fmt.Errorf("server %s: %w: %s", s.name, err, s.complaints.last)
	}
	return err
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
	return s.ended(nil)
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
	last  string   // line of the log, whatever it is
	lines []string // the first complaints
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
