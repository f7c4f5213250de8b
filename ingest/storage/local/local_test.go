package local_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"headwater/ingest/storage"
	"headwater/ingest/storage/local"
	"headwater/ingest/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return open(t, t.TempDir()) })
}

func open(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestKeyAndFolderConflict(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	storagetest.Put(t, s, "a/b", "x")
	for _, key := range []string{"a", "a/b/c"} {
		if err := s.Put(t.Context(), key, strings.NewReader("y"), 1); !errors.Is(err, storage.ErrInvalidKey) {
			t.Errorf("put %s: %v", key, err)
		}
	}
	if got := storagetest.Read(t, s, "a/b"); got != "x" {
		t.Errorf("read %q", got)
	}
	wantNoTemporary(t, dir)
}

func TestSymlinksDoNotLeadOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	s := open(t, dir)
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"folder/secret", "file"} {
		if f, err := s.File(key); err == nil {
			f.Close()
			t.Errorf("opened %s", key)
		}
	}
	if err := s.Put(t.Context(), "folder/new", strings.NewReader("x"), 1); err == nil {
		t.Error("put through a link: no error")
	}
	source := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(source, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.ImportFile(t.Context(), "folder/new", source); err == nil {
		t.Error("import through a link: no error")
	}
	if err := s.Delete(t.Context(), "folder/secret"); err == nil {
		t.Error("delete through a link: no error")
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside: %v, %v", entries, err)
	}
	if keys := storagetest.Keys(t, s, ""); len(keys) != 0 {
		t.Errorf("keys %v", keys)
	}
}

func TestImportOfWhatIsNoFile(t *testing.T) {
	s, dir := open(t, t.TempDir()), t.TempDir()
	link, pipe := filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := os.Symlink("/etc/hostname", link); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, link, pipe} {
		if err := s.ImportFile(t.Context(), "k", path); err == nil {
			t.Errorf("import %s: no error", path)
		}
	}
}

// TestImportDoesNotCopy shows that the object is the file itself.
func TestImportDoesNotCopy(t *testing.T) {
	s, path := open(t, t.TempDir()), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ImportFile(t.Context(), "k", path); err != nil {
		t.Fatal(err)
	}
	f, err := s.File("k")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if after, err := f.Stat(); err != nil || !os.SameFile(before, after) {
		t.Errorf("another file, %v", err)
	}
}

// TestDeleteRemovesEmptyFolders keeps a library that comes and goes from filling the disk with folders.
func TestDeleteRemovesEmptyFolders(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	storagetest.Put(t, s, "a/b/c/d", "x")
	storagetest.Put(t, s, "a/e", "x")
	for _, key := range []string{"a/b/c/d", "a/e"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != ".tmp" {
		t.Errorf("left %v, %v", entries, err)
	}
}

// TestClean removes a temporary file whose writer is dead and leaves one that is being written.
func TestClean(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	clean(t, s) // nothing was ever written
	storagetest.Put(t, s, "other", "x")
	dead := filepath.Join(dir, ".tmp", "dead")
	if err := os.WriteFile(dead, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	reader, writer := io.Pipe()
	result := make(chan error)
	go func() { result <- s.Put(t.Context(), "k", reader, 2) }()
	if _, err := writer.Write([]byte("1")); err != nil { // the Put has its file by now
		t.Fatal(err)
	}
	clean(t, open(t, dir))
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("file of a dead writer: %v", err)
	}
	if _, err := writer.Write([]byte("2")); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if got := storagetest.Read(t, s, "k"); got != "12" {
		t.Errorf("read %q", got)
	}
	wantNoTemporary(t, dir)
}

func clean(t *testing.T, s *local.Store) {
	t.Helper()
	if err := s.Clean(); err != nil {
		t.Fatal(err)
	}
}

// TestOpenWritesNothing reads from a disk that can not be written to any more.
func TestOpenWritesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small disk, which needs root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	storagetest.Put(t, open(t, dir), "k", "text")
	if err := os.WriteFile(filepath.Join(dir, ".tmp", "dead"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if got := storagetest.Read(t, s, "k"); got != "text" {
		t.Errorf("read %q", got)
	}
	if err := s.Clean(); !errors.Is(err, unix.EROFS) {
		t.Errorf("clean: %v", err)
	}
}

func wantNoTemporary(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, ".tmp"))
	if err != nil || len(entries) != 0 {
		t.Errorf("temporary files %v, %v", entries, err)
	}
}

// TestFull fills a small disk: the Put fails as such, and what was stored stays.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("cannot mount a small disk, which needs root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	s := open(t, dir)
	storagetest.Put(t, s, "k", "old")
	big := strings.Repeat("x", 2<<20)
	for i := range 3 {
		for _, key := range []string{"k", fmt.Sprintf("new/%d", i)} {
			if err := s.Put(t.Context(), key, strings.NewReader(big), int64(len(big))); !errors.Is(err, storage.ErrFull) {
				t.Errorf("put %s: %v", key, err)
			}
		}
	}
	wantNoTemporary(t, dir)
	if keys := storagetest.Keys(t, s, ""); len(keys) != 1 || storagetest.Read(t, s, "k") != "old" {
		t.Errorf("keys %v", keys)
	}
	storagetest.Put(t, s, "small", "there is room again")
	testOtherDisk(t, s)
}

// testOtherDisk moves a file in from another disk, which copies it.
func testOtherDisk(t *testing.T, s *local.Store) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("moved"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.ImportFile(t.Context(), "moved", path); !errors.Is(err, storage.ErrOtherDisk) {
		t.Errorf("import: %v", err)
	}
	if err := storage.PutFile(t.Context(), s, "moved", path); err != nil {
		t.Fatal(err)
	}
	if got := storagetest.Read(t, s, "moved"); got != "moved" {
		t.Errorf("read %q", got)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("source: %v", err)
	}
}

func BenchmarkStore_Put(b *testing.B) {
	s, err := local.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	body := strings.Repeat("x", 1<<10)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if err := s.Put(b.Context(), fmt.Sprintf("assets/a%d/record.json", n%16), strings.NewReader(body), int64(len(body))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStore_Open(b *testing.B) {
	s, err := local.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	body := strings.Repeat("x", 1<<20)
	if err := s.Put(b.Context(), "assets/a/tracks/v.mp4", strings.NewReader(body), int64(len(body))); err != nil {
		b.Fatal(err)
	}
	read := func(b *testing.B) {
		r, err := s.Open(b.Context(), "assets/a/tracks/v.mp4", 1<<18, 1<<16)
		if err != nil {
			b.Error(err)
			return
		}
		defer r.Close()
		if n, err := io.Copy(io.Discard, r); err != nil || n != 1<<16 {
			b.Error(n, err)
		}
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(1 << 16)
		for b.Loop() {
			read(b)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(1 << 16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				read(b)
			}
		})
	})
}
