package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"headwater/cmd/internal/process"
)

// profileFunctions is how many functions a profile names.
const profileFunctions = 12

// profileLoad loads a server for two more seconds, under perf(1), and returns the functions that cost it most.
func (b *bench) profileLoad(ctx context.Context, s *server, l load) ([]string, error) {
	perf, err := exec.LookPath("perf")
	if err != nil {
		return []string{"perf is missing: apt-get install linux-perf"}, nil
	}
	data := filepath.Join(b.scratch, "perf.data")
	recorded := make(chan error, 1)
	go func() {
		_, err := process.Output(ctx, perf, "record", "-q", "-e", "cpu-clock", "-F", "2000", "-o", data, "-p", fmt.Sprint(s.cmd.Process.Pid), "sleep", "2")
		recorded <- err
	}()
	for {
		select {
		case err := <-recorded:
			if err != nil {
				return []string{err.Error()}, nil // it is not perf that is measured
			}
			report, err := process.Output(ctx, perf, "report", "-i", data, "--stdio", "--no-children", "-F", "overhead,symbol", "-w", "8,80")
			if err != nil {
				return []string{err.Error()}, nil
			}
			return topFunctions(report), nil
		default:
			if _, err := b.driver.do(command{Session: s.name, Load: &l}); err != nil {
				return nil, err
			}
		}
	}
}

// topFunctions reads the first lines of what perf report prints.
func topFunctions(report []byte) []string {
	var lines []string
	for line := range strings.Lines(string(report)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if lines = append(lines, strings.Join(strings.Fields(line), " ")); len(lines) == profileFunctions {
			break
		}
	}
	return lines
}
