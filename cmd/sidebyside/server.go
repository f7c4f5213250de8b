package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"headwater/bench/client"
	"headwater/cmd/internal/process"
)

// place is where servers run: the programs, the cores, scratch space and the certificate that all share.
type place struct {
	headwater              string // the binary
	serverCore, clientCore int
	scratch                string
	certificate, key       string // PEM files
}

// server is a running nginx or headwater.
type server struct {
	name          string
	cmd           *exec.Cmd
	stderr        bytes.Buffer
	plain, secure string // addresses; empty where it does not listen
	ended         chan error
}

// start runs the command on one core.
func (s *server) start(core int) error {
	s.cmd.Stderr = &s.stderr
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 10 * time.Second
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop the servers
	return process.StartOn(core, s.cmd)
}

// watch begins to wait for the server's end. It must have been started.
func (s *server) watch() {
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.cmd.Wait() }()
}

// await waits until the server answers on its plain address, and fails when it ends instead.
func (s *server) await(ctx context.Context) error {
	for !answers(ctx, s.plain) {
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("%s ended early: %w: %s", s.name, err, process.LastLine(s.stderr.Bytes()))
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

// answers reports whether somebody answers a request, whatever the answer is: nginx's master accepts before there is a
// worker.
func answers(ctx context.Context, address string) bool {
	conn, err := client.Dial(ctx, client.Target{Address: address})
	if err != nil {
		return false
	}
	defer conn.Close()
	return conn.Do(&client.Request{Path: "/", Deadline: time.Now().Add(dialTimeout)}, new(client.Response)) == nil
}

// stop ends the server and waits for that.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	if err := <-s.ended; err != nil {
		return fmt.Errorf("%s: %w: %s", s.name, err, process.LastLine(s.stderr.Bytes()))
	}
	return nil
}

// processes returns the server's own and those it has started: nginx's worker.
func (s *server) processes() ([]process.ID, error) {
	main := process.ID(s.cmd.Process.Pid)
	children, err := main.Children()
	return append(children, main), err
}

// sum adds up what is read of all processes of the server.
func (s *server) sum(read func(process.ID) (int64, error)) (int64, error) {
	all, err := s.processes()
	if err != nil {
		return 0, err
	}
	total := int64(0)
	for _, p := range all {
		n, err := read(p)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", s.name, err)
		}
		total += n
	}
	return total, nil
}

// cpu returns the processor time of the server, when it has come to rest: what a running thread has spent is counted
// late, and after the last byte of an answer there is still something to do.
func (s *server) cpu() (time.Duration, error) {
	const tries, pause = 50, time.Millisecond
	before := int64(-1)
	for range tries {
		now, err := s.sum(func(p process.ID) (int64, error) { spent, err := p.CPU(); return int64(spent), err })
		if err != nil || now == before {
			return time.Duration(now), err
		}
		before = now
		time.Sleep(pause)
	}
	return time.Duration(before), nil // it never rests; then a tick more or less does not matter
}

func (s *server) resident() (int64, error) {
	return s.sum(func(p process.ID) (int64, error) { m, err := p.Memory(); return m.Resident, err })
}

func (s *server) peak() (int64, error) {
	return s.sum(func(p process.ID) (int64, error) { m, err := p.Memory(); return m.Peak, err })
}

// read returns the bytes that the server had the storage device read.
func (s *server) read() (int64, error) { return s.sum(process.ID.ReadBytes) }

// variant is how headwater is configured.
type variant struct {
	secure     bool // TLS
	cacheBytes int64
}

const defaultCacheBytes = 512 << 20

// startHeadwater serves a data folder on one core.
func (p *place) startHeadwater(ctx context.Context, data string, v variant) (*server, error) {
	args := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0",
		"--log-level", "warn", // no access lines, as nginx
		"--cache-size", fmt.Sprint(v.cacheBytes)}
	if v.secure {
		args = append(args, "--tls-cert", p.certificate, "--tls-key", p.key)
	}
	s := &server{name: "headwater"}
	s.cmd = exec.CommandContext(ctx, p.headwater, args...)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.start(p.serverCore); err != nil {
		return nil, err
	}
	address, err := readAddress(bufio.NewScanner(stdout))
	if err != nil {
		return nil, fmt.Errorf("headwater serve: %w (%w): %s", err, s.cmd.Wait(), process.LastLine(s.stderr.Bytes()))
	}
	if s.plain = address; v.secure {
		s.plain, s.secure = "", address
	}
	s.watch()
	return s, nil
}

// readAddress reads what serve prints when it listens: "viewer http://HOST:PORT", then the control listener's line.
func readAddress(lines *bufio.Scanner) (string, error) {
	address := ""
	for lines.Scan() {
		name, url, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "viewer":
			_, address, _ = strings.Cut(url, "://")
		case "control":
			return address, nil
		}
	}
	return "", errors.New("it did not say where it listens")
}

// twoFreeAddresses returns addresses that nobody listens on, for a program that cannot choose its own.
func twoFreeAddresses() (first, second string, err error) {
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", errors.Join(err, a.Close())
	}
	return a.Addr().String(), b.Addr().String(), errors.Join(a.Close(), b.Close())
}
