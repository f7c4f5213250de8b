// Package storagetest holds the one suite that every storage backend passes, and wrappers: [Faulty] fails at one chosen
// step, [Slow] is as slow and unreliable as a line to another town, [Counting] counts. It is for tests only.
package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"headwater/ingest/storage"
)

// Run runs the suite. open returns a new empty store, which lives until t ends.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, storage.Store)
	}{
		{"put and read", testPut},
		{"replace", testReplace},
		{"ranges", testRanges},
		{"not exist", testNotExist},
		{"delete", testDelete},
		{"list", testList},
		{"list in pages", testListPages},
		{"invalid arguments", testInvalid},
		{"body of another length", testBodyLength},
		{"body that fails", testBodyFails},
		{"context that ended", testContext},
		{"reader keeps old bytes", testReaderKeeps},
		{"concurrent writers of one key", testConcurrentWriters},
		{"concurrent folders", testConcurrentFolders},
		{"put file", testPutFile},
		{"file", testFile},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// Put stores text under key.
func Put(t *testing.T, s storage.Store, key, text string) {
	t.Helper()
	if err := s.Put(t.Context(), key, strings.NewReader(text), int64(len(text))); err != nil {
		t.Fatal(err)
	}
}

// Read returns the bytes of an object.
func Read(t *testing.T, s storage.Store, key string) string {
	t.Helper()
	text, err := readRange(t, s, key, 0, storage.ToEnd)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Keys returns all keys that begin with prefix.
func Keys(t *testing.T, s storage.Store, prefix string) []string {
	t.Helper()
	infos, err := s.List(t.Context(), prefix, "", storage.MaxList)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, info := range infos {
		keys = append(keys, info.Key)
	}
	return keys
}

func readRange(t *testing.T, s storage.Store, key string, offset, length int64) (string, error) {
	t.Helper()
	body, err := s.Open(t.Context(), key, offset, length)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return string(data), nil
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func testPut(t *testing.T, s storage.Store) {
	for _, text := range []string{"", "x", strings.Repeat("0123456789", 100_000)} {
		Put(t, s, "a/b.c/d-e_f", text)
		if got := Read(t, s, "a/b.c/d-e_f"); got != text {
			t.Errorf("read %d bytes, put %d", len(got), len(text))
		}
		info, err := s.Stat(t.Context(), "a/b.c/d-e_f")
		if err != nil || info.Key != "a/b.c/d-e_f" || info.SizeBytes != int64(len(text)) || info.ModTime.IsZero() || info.ModTime.Location().String() != "UTC" {
			t.Errorf("stat: %+v, %v", info, err)
		}
	}
}

func testReplace(t *testing.T, s storage.Store) {
	for _, text := range []string{"first", "second, longer", "3rd"} {
		Put(t, s, "k", text)
		if got := Read(t, s, "k"); got != text {
			t.Errorf("read %q, put %q", got, text)
		}
	}
	if keys := Keys(t, s, ""); len(keys) != 1 {
		t.Errorf("keys %v", keys)
	}
}

func testRanges(t *testing.T, s storage.Store) {
	Put(t, s, "k", "0123456789")
	f := func(offset, length int64, want string) {
		t.Helper()
		if got, err := readRange(t, s, "k", offset, length); err != nil || got != want {
			t.Errorf("%d bytes at %d: got %q, %v, want %q", length, offset, got, err, want)
		}
	}
	f(0, storage.ToEnd, "0123456789")
	f(0, 10, "0123456789")
	f(0, 1, "0")
	f(3, 4, "3456")
	f(9, 1, "9")
	f(7, storage.ToEnd, "789")
	f(8, 5, "89")
	f(10, 1, "")
	f(10, storage.ToEnd, "")
	f(11, 1, "")
	f(1<<62, 1<<62, "")
	f(5, 1<<63-1, "56789")
}

func testNotExist(t *testing.T, s storage.Store) {
	Put(t, s, "a/b/c", "x")
	for _, key := range []string{"z", "a", "a/b", "a/z", "a/b/c/d", "z/z/z"} {
		_, err := s.Open(t.Context(), key, 0, 1)
		wantErr(t, "open "+key, err, storage.ErrNotExist)
		_, err = s.Stat(t.Context(), key)
		wantErr(t, "stat "+key, err, storage.ErrNotExist)
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %s: %v", key, err)
		}
	}
	if got := Read(t, s, "a/b/c"); got != "x" {
		t.Errorf("after deleting other keys: %q", got)
	}
}

func testDelete(t *testing.T, s storage.Store) {
	Put(t, s, "a/b/c", "x")
	Put(t, s, "a/d", "y")
	for range 2 {
		if err := s.Delete(t.Context(), "a/b/c"); err != nil {
			t.Fatal(err)
		}
		_, err := s.Stat(t.Context(), "a/b/c")
		wantErr(t, "stat", err, storage.ErrNotExist)
	}
	if keys := Keys(t, s, ""); !slices.Equal(keys, []string{"a/d"}) {
		t.Errorf("keys %v", keys)
	}
	Put(t, s, "a/b/c", "again")
	if got := Read(t, s, "a/b/c"); got != "again" {
		t.Errorf("put again: %q", got)
	}
}

// listed sorts by bytes: '-' before '.' before '/' before digits and letters.
var listed = []string{"a-b", "a-b.c", "a.b", "a/b-c", "a/b/c", "a/b/d/e", "a/b0", "a/c", "a0", "ab/a", "b"}

func testList(t *testing.T, s storage.Store) {
	for _, key := range listed {
		Put(t, s, key, "body of "+key)
	}
	f := func(prefix string, want ...string) {
		t.Helper()
		if got := Keys(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("prefix %q: got %v, want %v", prefix, got, want)
		}
	}
	f("", listed...)
	f("a", listed[:10]...)
	f("a/", "a/b-c", "a/b/c", "a/b/d/e", "a/b0", "a/c")
	f("a/b", "a/b-c", "a/b/c", "a/b/d/e", "a/b0")
	f("a/b/", "a/b/c", "a/b/d/e")
	f("a/b/d/e", "a/b/d/e")
	f("a/b/d/e/")
	f("a/b/x")
	f("x/y/z")
	f("A")
	f("../")
	f("/")
	infos, err := s.List(t.Context(), "a/c", "", 1)
	if err != nil || len(infos) != 1 || infos[0].SizeBytes != int64(len("body of a/c")) || infos[0].ModTime.IsZero() {
		t.Errorf("info of a/c: %+v, %v", infos, err)
	}
}

func testListPages(t *testing.T, s storage.Store) {
	for _, key := range listed {
		Put(t, s, key, "x")
	}
	for limit := 1; limit <= len(listed)+1; limit++ {
		var all []string
		for after := ""; ; {
			page, err := s.List(t.Context(), "", after, limit)
			if err != nil || len(page) > limit {
				t.Fatalf("%d objects for limit %d, %v", len(page), limit, err)
			}
			for _, info := range page {
				all = append(all, info.Key)
				after = info.Key
			}
			if len(page) < limit {
				break
			}
		}
		if !slices.Equal(all, listed) {
			t.Errorf("in pages of %d: %v", limit, all)
		}
	}
	page, err := s.List(t.Context(), "a/b", "a/b/cc", 2)
	if err != nil || len(page) != 2 || page[0].Key != "a/b/d/e" || page[1].Key != "a/b0" {
		t.Errorf("after a key that is not there: %v, %v", page, err)
	}
}

func testInvalid(t *testing.T, s storage.Store) {
	long := strings.Repeat("k", 129)
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", ".tmp", ".tmp/x", "a/.b", "A", "a b", "a\x00", "a\\b",
		"é", "a:b", "*", long, strings.Repeat("a/", 256) + "a",
	} {
		wantErr(t, fmt.Sprintf("put %q", key), s.Put(t.Context(), key, strings.NewReader("x"), 1), storage.ErrInvalidKey)
		_, err := s.Open(t.Context(), key, 0, 1)
		wantErr(t, fmt.Sprintf("open %q", key), err, storage.ErrInvalidKey)
		_, err = s.Stat(t.Context(), key)
		wantErr(t, fmt.Sprintf("stat %q", key), err, storage.ErrInvalidKey)
		wantErr(t, fmt.Sprintf("delete %q", key), s.Delete(t.Context(), key), storage.ErrInvalidKey)
	}
	Put(t, s, "k", "x")
	for _, r := range [][2]int64{{-1, 1}, {0, 0}, {0, -2}, {-1, storage.ToEnd}} {
		if _, err := s.Open(t.Context(), "k", r[0], r[1]); err == nil {
			t.Errorf("range of %d at %d: no error", r[1], r[0])
		}
	}
	for _, limit := range []int{-1, 0, storage.MaxList + 1} {
		if _, err := s.List(t.Context(), "", "", limit); err == nil {
			t.Errorf("list of %d: no error", limit)
		}
	}
}

func testBodyLength(t *testing.T, s storage.Store) {
	Put(t, s, "k", "old")
	for _, size := range []int64{-1, 0, 2, 4, 1 << 40} {
		if err := s.Put(t.Context(), "k", strings.NewReader("new"), size); err == nil {
			t.Errorf("3 bytes for %d: no error", size)
		}
	}
	if got := Read(t, s, "k"); got != "old" {
		t.Errorf("read %q", got)
	}
}

func testBodyFails(t *testing.T, s storage.Store) {
	Put(t, s, "k", "old")
	broken := errors.New("broken")
	body := io.MultiReader(strings.NewReader("new"), iotest.ErrReader(broken))
	wantErr(t, "put", s.Put(t.Context(), "k", body, 6), broken)
	wantErr(t, "put another", s.Put(t.Context(), "new/key", iotest.ErrReader(broken), 6), broken)
	if keys := Keys(t, s, ""); !slices.Equal(keys, []string{"k"}) || Read(t, s, "k") != "old" {
		t.Errorf("keys %v, %q", keys, Read(t, s, "k"))
	}
}

func testContext(t *testing.T, s storage.Store) {
	Put(t, s, "k", "old")
	ctx, cancel := context.WithCancel(t.Context())
	body := io.MultiReader(strings.NewReader("n"), readerFunc(func(p []byte) (int, error) { cancel(); return copy(p, "e"), nil }), strings.NewReader("w"))
	wantErr(t, "put while the context ends", s.Put(ctx, "k", body, 3), context.Canceled)
	wantErr(t, "put", s.Put(ctx, "k", strings.NewReader("new"), 3), context.Canceled)
	wantErr(t, "delete", s.Delete(ctx, "k"), context.Canceled)
	_, err := s.Open(ctx, "k", 0, 1)
	wantErr(t, "open", err, context.Canceled)
	_, err = s.Stat(ctx, "k")
	wantErr(t, "stat", err, context.Canceled)
	_, err = s.List(ctx, "", "", 1)
	wantErr(t, "list", err, context.Canceled)
	if got := Read(t, s, "k"); got != "old" {
		t.Errorf("read %q", got)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func testReaderKeeps(t *testing.T, s storage.Store) {
	old := strings.Repeat("old", 100_000)
	Put(t, s, "a/k", old)
	replaced, err := s.Open(t.Context(), "a/k", 0, storage.ToEnd)
	if err != nil {
		t.Fatal(err)
	}
	defer replaced.Close()
	start := make([]byte, 10)
	if _, err := io.ReadFull(replaced, start); err != nil {
		t.Fatal(err)
	}
	Put(t, s, "a/k", "new")
	if err := s.Delete(t.Context(), "a/k"); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(replaced)
	if err != nil || string(start)+string(rest) != old {
		t.Errorf("read %d of %d bytes, %v", len(start)+len(rest), len(old), err)
	}
}

// testConcurrentWriters lets readers see only whole bodies while writers replace and delete one object.
func testConcurrentWriters(t *testing.T, s storage.Store) {
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		body := bytes.Repeat([]byte{byte('a' + i)}, 50_000+i)
		writers.Go(func() {
			for range 20 {
				if err := s.Put(context.Background(), "dir/k", bytes.NewReader(body), int64(len(body))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Go(func() {
		for range 20 {
			if err := s.Delete(context.Background(), "dir/k"); err != nil {
				t.Error(err)
			}
		}
	})
	for range 2 {
		readers.Go(func() {
			for {
				checkWhole(t, s, "dir/k")
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

func checkWhole(t *testing.T, s storage.Store, key string) {
	body, err := s.Open(context.Background(), key, 0, storage.ToEnd)
	if errors.Is(err, storage.ErrNotExist) {
		return
	}
	if err != nil {
		t.Error(err)
		return
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil || len(data) < 50_000 || len(data) != 50_000+int(data[0]-'a') || bytes.Count(data, data[:1]) != len(data) {
		t.Errorf("torn object of %d bytes, %v", len(data), err)
	}
}

// testConcurrentFolders puts and deletes neighbours, so that a backend with folders makes and removes them all the time.
func testConcurrentFolders(t *testing.T, s storage.Store) {
	var wg sync.WaitGroup
	for i := range 4 {
		key := fmt.Sprintf("x/y/z/%d", i)
		wg.Go(func() {
			for range 25 {
				if err := s.Put(context.Background(), key, strings.NewReader(key), int64(len(key))); err != nil {
					t.Error(err)
				}
				if _, err := s.Stat(context.Background(), key); err != nil {
					t.Error(err)
				}
				if err := s.Delete(context.Background(), key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if keys := Keys(t, s, ""); len(keys) != 0 {
		t.Errorf("left %v", keys)
	}
}

func testPutFile(t *testing.T, s storage.Store) {
	path := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := storage.PutFile(t.Context(), s, "a/k", path); err != nil {
			t.Fatal(err)
		}
		if got := Read(t, s, "a/k"); got != text {
			t.Errorf("read %q, want %q", got, text)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is still there: %v", err)
		}
	}
	wantErr(t, "file that is not there", storage.PutFile(t.Context(), s, "b", path), os.ErrNotExist)
	if err := storage.PutFile(t.Context(), s, "b", t.TempDir()); err == nil {
		t.Error("put a folder: no error")
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "invalid key", storage.PutFile(t.Context(), s, "../b", path), storage.ErrInvalidKey)
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("after an error: %v", err)
	}
}

func testFile(t *testing.T, s storage.Store) {
	filer, ok := s.(storage.Filer)
	if !ok {
		t.Skip("the backend has no files")
	}
	Put(t, s, "a/k", "text")
	f, err := filer.File("a/k")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if data, err := io.ReadAll(f); err != nil || string(data) != "text" {
		t.Errorf("read %q, %v", data, err)
	}
	for key, want := range map[string]error{"a": storage.ErrNotExist, "z": storage.ErrNotExist, "../k": storage.ErrInvalidKey} {
		_, err := filer.File(key)
		wantErr(t, key, err, want)
	}
}
