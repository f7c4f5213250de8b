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
	"path/filepath"
	"strings"
	"time"

	"headwater/cmd/internal/stat"
	"headwater/packager"
)

// startRounds is how often the start is timed; the best counts, since everything else on the machine only adds to it.
const startRounds = 3

// measureStart times from the start of the command to the first media segment in a client's hands, and a plain copy of
// the file beside it.
func (b *bench) measureStart(ctx context.Context) error {
	best, copied := time.Hour, time.Hour
	for range startRounds {
		took, err := b.timeCopy()
		if err != nil {
			return err
		}
		copied = min(copied, took)
		if took, err = b.timeStart(ctx); err != nil {
			return err
		}
		best = min(best, took)
	}
	budget := stat.Budget{Limit: (startBudget + copied).Seconds()}
	fmt.Printf("command to first playable segment %.2f s            budget %s s   %s\n", best.Seconds(), budget,
		budget.Judge(stat.Of([]float64{best.Seconds()})))
	return nil
}

func (b *bench) timeCopy() (time.Duration, error) {
	start := time.Now()
	from, err := os.Open(b.source)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	path := filepath.Join(b.dir, "copy")
	to, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer os.Remove(path)
	_, err = io.Copy(to, from)
	return time.Since(start), errors.Join(err, to.Sync(), to.Close())
}

// timeStart ingests beside a running server until the first segment of the first generation is delivered.
func (b *bench) timeStart(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	data := filepath.Join(b.dir, "start")
	defer os.RemoveAll(data)
	viewer, stop, err := b.serve(ctx, data)
	if err != nil {
		return 0, err
	}
	defer stop()
	start := time.Now()
	ingest := exec.CommandContext(ctx, b.binary, "ingest", "--data", data, b.source)
	ingest.Cancel = func() error { return ingest.Process.Signal(os.Interrupt) }
	if err := ingest.Start(); err != nil {
		return 0, err
	}
	defer ingest.Wait() //nolint:errcheck // it is interrupted as soon as the first segment is there
	for ctx.Err() == nil {
		if url := firstSegment(data, viewer); url != "" && delivered(ctx, url) {
			took := time.Since(start)
			cancel()
			return took, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, context.Cause(ctx)
}

func (b *bench) serve(ctx context.Context, data string) (viewer string, stop func(), err error) {
	cmd := exec.CommandContext(ctx, b.binary, "serve", "--data", data, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "viewer "); ok {
			return url, func() { _ = cmd.Cancel(); _ = cmd.Wait() }, nil
		}
	}
	return "", nil, fmt.Errorf("serve did not start: %w", cmd.Wait())
}

// firstSegment returns the URL of the first video segment once a generation is published.
func firstSegment(data, viewer string) string {
	records, _ := filepath.Glob(filepath.Join(data, "objects", "assets", "*", "record.json"))
	if len(records) == 0 {
		return ""
	}
	dir := filepath.Dir(records[0])
	index, err := os.ReadFile(filepath.Join(dir, "generations", "1.idx"))
	if err != nil {
		return ""
	}
	p, err := packager.ParseIndex(index)
	if err != nil {
		return ""
	}
	segment := packager.Resource{Kind: packager.MediaSegment, Track: p.Tracks[0].ID, TargetSeconds: packager.DefaultTargetSeconds, Number: 1}
	return viewer + "/v/" + string(p.Asset) + "/" + string(segment.AppendPath(nil))
}

func delivered(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK && n > 0
}
