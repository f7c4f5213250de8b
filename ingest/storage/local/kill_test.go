package local_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"headwater/ingest/storage/local"
	"headwater/ingest/storage/storagetest"
)

// killFolder, in the environment, makes the test binary the process that is killed.
const killFolder = "STORAGE_KILL_FOLDER"

const killSizeBytes = 300_000

func TestMain(m *testing.M) {
	if dir := os.Getenv(killFolder); dir != "" {
		putUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// putUntilKilled replaces one object again and again by bodies of one byte value and prints each value when it is stored.
func putUntilKilled(dir string) {
	s, err := local.Open(dir)
	for n := 0; err == nil; n++ {
		value := byte(n%250) + 1
		body := bytes.Repeat([]byte{value}, killSizeBytes)
		if err = s.Put(context.Background(), "a/k", bytes.NewReader(body), killSizeBytes); err == nil {
			_, err = fmt.Println(value)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKill kills a writer at random instants: the object is the last one that was acknowledged or the one after it, and
// the next Clean leaves nothing else.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	for round := range 8 {
		acknowledged := killOnce(t, dir)
		s := open(t, dir)
		clean(t, s)
		got := storagetest.Read(t, s, "a/k")
		if len(got) != killSizeBytes || bytes.Count([]byte(got), []byte(got[:1])) != len(got) {
			t.Fatalf("round %d: torn object of %d bytes", round, len(got))
		}
		if value := int(got[0]); value != acknowledged && value != acknowledged%250+1 {
			t.Errorf("round %d: object has value %d, %d was acknowledged", round, value, acknowledged)
		}
		wantNoTemporary(t, dir)
	}
}

// killOnce runs a writer for a random time after its first object and returns the last value that it printed.
func killOnce(t *testing.T, dir string) int {
	t.Helper()
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), killFolder+"="+dir)
	writer.Stderr = os.Stderr
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acknowledged == 0 {
			time.AfterFunc(rand.N(60*time.Millisecond), func() { writer.Process.Kill() })
		}
		if _, err := fmt.Sscan(lines.Text(), &acknowledged); err != nil {
			t.Fatal(err)
		}
	}
	writer.Wait()
	if acknowledged == 0 {
		t.Fatal("the writer stored nothing")
	}
	if _, err := os.Stat(filepath.Join(dir, "a", "k")); err != nil {
		t.Fatal(err)
	}
	return acknowledged
}
