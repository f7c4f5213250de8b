package system

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk is the room of the disk that is filled: enough for the catalogue and a clip or two.
const smallDisk = "size=24m"

// TestFullDisk fills the disk of the data folder: a job fails with that reason and leaves nothing, what is published
// plays on, also for a server that starts then, and when there is room again all is well.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, smallDisk); err != nil {
		t.Skipf("needs the right to mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	f := folder{t, filepath.Join(disk, "data")}
	before := f.ingest(suiting)
	s := f.serve()
	s.play(before)

	filler := filepath.Join(disk, "filler")
	fill(t, filler, 128<<10)
	o := f.run("ingest", suiting.path(t))
	if o.code != 1 || len(o.complaints()) != 1 || !strings.Contains(o.stderr, "disk is full") {
		t.Errorf("ingest on a full disk ended with %d: %s", o.code, o.stderr)
	}
	s.play(before)
	s.stop()
	fillUp(t, filler)
	s = f.serve()
	s.play(before)
	s.isDegraded(before, "make room")

	must(t, os.Remove(filler))
	s.isSound(before)
	after := f.ingest(suiting)
	s.appears(after, 2)
	s.play(after)
	for _, r := range f.catalogue() {
		if r.state == "ingesting" || r.state == "failed" && !strings.Contains(r.reason, "disk is full") {
			t.Errorf("the catalogue says %+v", r)
		}
	}
	f.checkStored()
}

// fillUp makes a file longer until nothing more can be written.
func fillUp(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	defer file.Close()
	for err == nil {
		_, err = file.Write(make([]byte, 4<<10))
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
}

// fill writes a file until the disk is full but for leave bytes.
func fill(t *testing.T, path string, leave int64) {
	t.Helper()
	file, err := os.Create(path)
	must(t, err)
	defer file.Close()
	block := make([]byte, 64<<10)
	for {
		if _, err := file.Write(block); errors.Is(err, unix.ENOSPC) {
			break
		} else {
			must(t, err)
		}
	}
	info, err := file.Stat()
	must(t, err)
	must(t, file.Truncate(info.Size()-leave))
}
