package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"headwater/packager"
)

// headwater runs the binary on one data folder.
type headwater struct {
	binary, config, data string
}

func (hw headwater) command(ctx context.Context, verb string, args ...string) *exec.Cmd {
	all := []string{verb, "--data", hw.data}
	if hw.config != "" {
		all = append(all, "--config", hw.config)
	}
	cmd := exec.CommandContext(ctx, hw.binary, append(all, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

// ingestion is what one run of headwater ingest did.
type ingestion struct {
	asset         packager.AssetID
	err           error
	stderr        string
	wall          time.Duration
	maxRSSBytes   int64
	processorTime time.Duration
}

func (hw headwater) ingest(ctx context.Context, file string) ingestion {
	cmd := hw.command(ctx, "ingest", file)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	in := ingestion{asset: packager.AssetID(strings.TrimSpace(stdout.String())), err: err, stderr: strings.TrimSpace(stderr.String()), wall: time.Since(start)}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		in.maxRSSBytes = usage.Maxrss << 10 // of the largest process of those waited for
		in.processorTime = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	return in
}

// presentation reads the current generation of an asset from the data folder.
func (hw headwater) presentation(asset packager.AssetID) (*packager.Presentation, error) {
	dir := filepath.Join(hw.data, "objects", "assets", string(asset))
	record, err := os.ReadFile(filepath.Join(dir, "record.json"))
	if err != nil {
		return nil, err
	}
	var current struct{ Generation uint32 }
	if err := json.Unmarshal(record, &current); err != nil {
		return nil, err
	}
	index, err := os.ReadFile(filepath.Join(dir, "generations", fmt.Sprintf("%d.idx", current.Generation)))
	if err != nil {
		return nil, err
	}
	return packager.ParseIndex(index)
}

func (hw headwater) trackFile(asset packager.AssetID, track packager.TrackID) string {
	return filepath.Join(hw.data, "objects", "assets", string(asset), "tracks", string(track)+".mp4")
}

// server is a running headwater serve.
type server struct {
	cmd    *exec.Cmd
	viewer string // base URL
	log    *bytes.Buffer
}

func (hw headwater) serve(ctx context.Context) (*server, error) {
	s := &server{cmd: hw.command(ctx, "serve", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"), log: &bytes.Buffer{}}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stderr = s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop the server
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		name, url, _ := strings.Cut(lines.Text(), " ")
		switch name {
		case "viewer":
			s.viewer = url
		case "control":
			return s, nil
		}
	}
	return nil, fmt.Errorf("serve ended early (%v): %s", s.cmd.Wait(), s.log)
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := s.cmd.Wait(); err != nil {
		lines := nonEmptyLines(s.log.String())
		return fmt.Errorf("serve did not stop cleanly (%w): %s", err, lines[max(len(lines)-1, 0):])
	}
	return nil
}

func (s *server) url(asset packager.AssetID, r packager.Resource) string {
	return s.urlWith(asset, "", r)
}

// urlWith returns the URL of a resource with an options element; empty for none.
func (s *server) urlWith(asset packager.AssetID, options string, r packager.Resource) string {
	url := s.viewer + "/v/" + string(asset) + "/"
	if options != "" {
		url += options + "/"
	}
	return url + string(r.AppendPath(nil))
}
