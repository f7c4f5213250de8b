package httpd

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestResidents_RememberForAMomentWhatTheKernelHas(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "track"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const size = 1 << 16
	if _, err := file.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	var r residents
	now := time.Unix(1_700_000_000, 0)
	f := func(end int64, at time.Time, want bool) {
		t.Helper()
		if got := r.has(int(file.Fd()), end, at); got != want {
			t.Errorf("end %d at %d: %v, want %v", end, at.Unix(), got, want)
		}
	}
	f(size, now, true)
	f(size+1, now, false) // the file ends before
	if err := file.Truncate(0); err != nil {
		t.Fatal(err)
	}
	f(size, now.Add(time.Second), true)
	f(size-1, now, false) // another range is another question
	f(size, now.Add(residentFor*time.Second), false)
}

func TestResidents_AnotherFileIsAnotherQuestion(t *testing.T) {
	var r residents
	now := time.Unix(1_700_000_000, 0)
	folder := t.TempDir()
	full, err := os.Create(filepath.Join(folder, "full"))
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if _, err := full.WriteString("0123456789"); err != nil {
		t.Fatal(err)
	}
	empty, err := os.Create(filepath.Join(folder, "empty"))
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if !r.has(int(full.Fd()), 10, now) || r.has(int(empty.Fd()), 10, now) {
		t.Error("the empty file has what the full one has")
	}
}
