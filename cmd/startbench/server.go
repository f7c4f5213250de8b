package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is a running headwater serve.
type server struct {
	cmd             *exec.Cmd
	began           time.Time
	viewer, control string // base URLs
}

// start starts a server on a data folder and returns when it accepts.
func start(ctx context.Context, binary, data string) (*server, error) {
	cmd := exec.CommandContext(ctx, binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0",
		"--cache-size", strconv.Itoa(cacheBytes))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, began: time.Now()}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		switch name, url, _ := strings.Cut(lines.Text(), " "); name {
		case "viewer":
			s.viewer = url
		case "control":
			s.control = url
			return s, nil
		}
	}
	return nil, fmt.Errorf("serve did not start: %w", cmd.Wait())
}

func (s *server) stop() error { return errors.Join(s.cmd.Cancel(), s.cmd.Wait()) }

// client keeps a connection for each player.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: players}}

// get fetches a URL whole.
func get(url string) ([]byte, error) {
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return body, err
}

// metric returns the sum of a metric over its labels.
func (s *server) metric(name string) (sum float64, err error) {
	body, err := get(s.control + "/metrics")
	for line := range strings.Lines(string(body)) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if base, _, _ := strings.Cut(series, "{"); base == name {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return 0, err
			}
			sum += v
		}
	}
	return sum, err
}

// residentBytes reads how much memory the process has, from proc(5).
func (s *server) residentBytes() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseInt(strings.Fields(text)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("/proc has no VmRSS")
}

// cpu returns the processor time that the process has used.
func (s *server) cpu() (time.Duration, error) {
	seconds, err := s.metric("process_cpu_seconds_total")
	return time.Duration(seconds * float64(time.Second)), err
}
