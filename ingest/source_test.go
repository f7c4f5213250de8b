package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOpenSource refuses what is no regular file, or too large, without waiting for anything.
func TestOpenSource(t *testing.T) {
	dir := t.TempDir()
	pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "file")
	if err := unix.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, make([]byte, 100), 0o644); err != nil {
		t.Fatal(err)
	}
	f := func(path string, maxBytes int64, want string) {
		t.Helper()
		source, err := openSource(path, maxBytes)
		if err == nil {
			source.Close()
			t.Errorf("%s was accepted, want %q", path, want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	f(file, 99, "more than the 99")
	f(pipe, 100, "not a regular file")
	f(dir, 100, "not a regular file")
	f(filepath.Join(dir, "absent"), 100, "no such file")
	source, err := openSource(file, 100)
	if err != nil {
		t.Fatal(err)
	}
	source.Close()
}
