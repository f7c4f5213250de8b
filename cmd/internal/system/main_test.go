package system

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What TestMain makes for all tests.
var (
	binary   string // the program
	settings string // its configuration file
	clips    string // folder of the clips made so far
)

// smallConfig is a ladder that takes milliseconds, a passthrough that takes whatever suits, and an origin that looks for
// news all the time.
const smallConfig = `
ingest:
  ladders:
    - name: default
      preset: ultrafast
      passthrough_max_bit_rate: 100000000
      rungs:
        - {height: 144, codec: avc, crf: 30, max_bit_rate: 200000, buffer_bits: 300000}
        - {height: 96, codec: avc, crf: 30, max_bit_rate: 100000, buffer_bits: 150000}
origin:
  poll_interval: 50ms
  absent_for: 50ms
`

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

// runAll prepares what the tests share, runs them and removes it.
func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "headwater-system-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func prepare(dir string) error {
	binary, settings, clips = filepath.Join(dir, "headwater"), filepath.Join(dir, "headwater.yaml"), dir
	if err := os.WriteFile(settings, []byte(smallConfig), 0o644); err != nil {
		return err
	}
	args := []string{"build", "-buildvcs=false", "-o", binary}
	if flag.Parse(); !testing.Short() { // the race detector makes a program that starts a thousand times twice as slow
		args = append(args, buildFlags...)
	}
	if out, err := exec.Command("go", append(args, "headwater/cmd/headwater")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build headwater: %w\n%s", err, out)
	}
	return nil
}

// patience is how long a condition may take to come true. A working program needs a fraction of it on any machine.
const patience = time.Minute

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if !holdsWithin(patience, holds) {
		t.Fatalf("not within %s: %s", patience, what)
	}
}

func holdsWithin(limit time.Duration, holds func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
