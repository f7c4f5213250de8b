package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/packager"
)

// killFolder, in the environment, makes TestWorkUntilKilled the process that is killed.
const killFolder = "INGEST_KILL_FOLDER"

// TestWorkUntilKilled ingests assets, blocks one of three, deletes another, puts a document and prints what is done. It does nothing unless TestKill runs
// it as a process of its own.
func TestWorkUntilKilled(t *testing.T) {
	dir := os.Getenv(killFolder)
	if dir == "" {
		return
	}
	l := openLibrary(t, dir, openLocal(t, filepath.Join(dir, "objects")))
	must(t, l.Reconcile(t.Context(), l.scratch))
	for i := 0; ; i++ {
		asset := packager.AssetID(fmt.Sprintf("a-%d-%d", os.Getpid(), i))
		must(t, l.ingest(t.Context(), asset))
		fmt.Println("ingested", asset)
		must(t, l.PutDocument(t.Context(), fmt.Sprint("of-", os.Getpid()), uint64(i), []byte(asset)))
		switch i % 3 {
		case 1:
			must(t, blockAsset(t.Context(), l, asset))
			fmt.Println("blocked", asset)
		case 2:
			must(t, l.Delete(t.Context(), asset))
			fmt.Println("deleted", asset)
		}
	}
}

// allowed are the states in which an asset may be found after what was said last of it.
var allowed = map[string][]string{
	"ingested": {"ready 2", "ready 2 blocked", "deleted 2"}, "blocked": {"ready 2 blocked"}, "deleted": {"deleted 2"},
}

// TestKill kills such a process at random instants, beside one that lives on. What it said was done is done; of what it
// was doing there is nothing left.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	l := openLibrary(t, dir, openLocal(t, filepath.Join(dir, "objects")))
	for round := range 6 {
		beside := packager.AssetID(fmt.Sprint("beside-", round))
		result := make(chan error)
		go func() { result <- l.ingest(context.Background(), beside) }()
		done := killOnce(t, dir)
		must(t, <-result)
		must(t, l.Reconcile(t.Context(), l.scratch))
		l.check(t)
		for asset, what := range done {
			state := l.stateOf(t, asset)
			if !slices.Contains(allowed[what], state) {
				t.Errorf("asset %s was %s and is %s", asset, what, state)
			}
		}
	}
}

// killOnce runs a process until a random time after it has begun to work and returns what it said last of each asset.
func killOnce(t *testing.T, dir string) map[packager.AssetID]string {
	t.Helper()
	process := exec.Command(os.Args[0], "-test.run=^TestWorkUntilKilled$")
	process.Env = append(os.Environ(), killFolder+"="+dir)
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	must(t, err)
	must(t, process.Start())
	done := map[packager.AssetID]string{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(done) == 0 {
			time.AfterFunc(rand.N(200*time.Millisecond), func() { process.Process.Kill() })
		}
		what, asset, _ := strings.Cut(lines.Text(), " ")
		done[packager.AssetID(asset)] = what
	}
	if process.Wait() == nil {
		t.Error("the process ended by itself")
	}
	return done
}
