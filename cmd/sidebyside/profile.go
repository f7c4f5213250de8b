package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// profileFunctions is how many functions a profile names.
const profileFunctions = 12

// profileLoad loads a server once more under perf(1) and returns the functions that cost it most.
func (b *bench) profileLoad(ctx context.Context, s *server, l load) ([]string, error) {
	path, err := exec.LookPath("perf")
	if err != nil {
		return []string{"perf is missing: apt-get install linux-perf"}, nil
	}
	data := filepath.Join(b.scratch, "perf.data")
	record := exec.CommandContext(ctx, path, "record", "-q", "-e", "cpu-clock", "-F", "2000", "-o", data, "-p", fmt.Sprint(s.cmd.Process.Pid))
	var stderr bytes.Buffer
	record.Stderr = &stderr
	if err := record.Start(); err != nil {
		return nil, err
	}
	_, err = b.driver.do(command{Session: s.name, Load: &l})
	if err != nil {
		return nil, err
	}
	_ = record.Process.Signal(os.Interrupt) // it has ended by itself when this fails, and Wait tells why
	if err := record.Wait(); err != nil && record.ProcessState.ExitCode() != -1 && stderr.Len() > 0 {
		return []string{"perf: " + lastLine(&stderr)}, nil
	}
	report, err := output(ctx, path, "report", "-i", data, "--stdio", "--no-children", "-F", "overhead,symbol", "-w", "8,80")
	if err != nil {
		return []string{err.Error()}, nil
	}
	return topFunctions(report), nil
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
