package disk

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func testConfig(t testing.TB) Config {
	cfg := NewDefaultConfig()
	cfg.Folder = t.TempDir()
	cfg.MaxBytes = 8 << 20
	return cfg
}

// openTest returns a tier whose index is complete.
func openTest(t testing.TB, cfg Config) *Tier {
	t.Helper()
	tier, err := open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	start(t, tier)
	return tier
}

func start(t testing.TB, tier *Tier) {
	tier.scan()
	go tier.writeQueued()
	t.Cleanup(func() { tier.Close() })
}

// put writes a body without the queue.
func put(tier *Tier, key string, body []byte) { tier.keep([]byte(key), body) }

func bodyOf(key string, size int) []byte {
	return bytes.Repeat([]byte(key), size/len(key)+1)[:size]
}

// expect looks for a body of size bytes; a size of -1 expects a miss.
func expect(t *testing.T, tier *Tier, key string, size int) {
	t.Helper()
	dst := make([]byte, max(size, 100_000))
	n, ok := tier.Get([]byte(key), dst)
	switch {
	case ok != (size >= 0):
		t.Errorf("%s: found %t", key, ok)
	case ok && !bytes.Equal(dst[:n], bodyOf(key, size)):
		t.Errorf("%s: another body, of %d bytes", key, n)
	}
}

func TestTier_PutThenGet(t *testing.T) {
	tier := openTest(t, testConfig(t))
	expect(t, tier, "a", -1)
	put(tier, "a", bodyOf("a", 50_000))
	put(tier, "empty", nil)
	expect(t, tier, "a", 50_000)
	expect(t, tier, "empty", 0)
	if n, ok := tier.Get([]byte("a"), make([]byte, 49_999)); ok || n != 0 {
		t.Errorf("%d bytes in too small a buffer", n)
	}
	expect(t, tier, "a", 50_000)
	tier.Put([]byte("a"), bodyOf("a", 50_000)) // kept already
	s := tier.Stats()
	if s.Hits != 3 || s.Misses != 2 || s.Written != 2 || s.Dropped != 0 || s.Files != 2 || s.Bytes != 53248+4096 {
		t.Errorf("stats %+v", s)
	}
}

func TestTier_SurvivesRestart(t *testing.T) {
	cfg := testConfig(t)
	tier := openTest(t, cfg)
	for i := range 20 {
		tier.Put(fmt.Appendf(nil, "key/%d", i), bodyOf(fmt.Sprintf("key/%d", i), 5000+i))
	}
	if err := tier.Close(); err != nil { // writes what is queued
		t.Fatal(err)
	}
	expect(t, tier, "key/0", -1)
	tier.Put([]byte("late"), nil)
	half := filepath.Join(cfg.Folder, newName, "half")
	if err := os.WriteFile(half, []byte("half written"), 0o644); err != nil {
		t.Fatal(err)
	}
	tier = openTest(t, cfg)
	for i := range 20 {
		expect(t, tier, fmt.Sprintf("key/%d", i), 5000+i)
	}
	if s := tier.Stats(); s.Files != 20 || s.Bytes != 20*8192 || s.Damaged != 0 {
		t.Errorf("stats %+v", s)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("a half written file is still there")
	}
}

func TestTier_GetDoesNotWaitForTheIndex(t *testing.T) {
	cfg := testConfig(t)
	first := openTest(t, cfg)
	put(first, "a", bodyOf("a", 5000))
	first.Close()
	tier, err := open(cfg) // and no writer to scan
	if err != nil {
		t.Fatal(err)
	}
	expect(t, tier, "a", 5000)
	expect(t, tier, "b", -1)
	tier.Put([]byte("b"), bodyOf("b", 5000))
	go tier.run()
	if err := tier.Close(); err != nil {
		t.Fatal(err)
	}
	if s := tier.Stats(); s.Dropped+s.Written != 1 {
		t.Errorf("stats %+v", s)
	}
}

// occupied adds up what the files of a folder occupy.
func occupied(t *testing.T, folder string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(folder, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			info, infoErr := entry.Info()
			if err = infoErr; err == nil {
				total += int64(blocksOf(info.Size())) * blockBytes
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

func TestTier_BoundIsKeptAndTheOldestGo(t *testing.T) {
	cfg := testConfig(t)
	cfg.MaxBytes = 1 << 20
	tier := openTest(t, cfg)
	put(tier, "often", bodyOf("often", 100_000))
	for i := range 40 {
		put(tier, fmt.Sprintf("key/%d", i), bodyOf("x", 100_000))
		expect(t, tier, "often", 100_000)
		if i%8 != 7 {
			continue
		}
		if got := occupied(t, cfg.Folder); got > cfg.MaxBytes || got != tier.Stats().Bytes {
			t.Fatalf("%d bytes on disk, stats %+v", got, tier.Stats())
		}
	}
	expect(t, tier, "key/0", -1)
	tier.Put([]byte("too large"), make([]byte, 1<<20))
	if s := tier.Stats(); s.Files != 10 || s.Evictions != 31 || s.Dropped != 1 {
		t.Errorf("stats %+v", s)
	}
	tier.Close()
	os.Chtimes(tier.path(hashOf([]byte("key/39"))), time.Time{}, time.Unix(0, 0))
	tier = openTest(t, cfg)
	put(tier, "one more", bodyOf("x", 100_000))
	expect(t, tier, "key/39", -1) // was written first, it says
	expect(t, tier, "often", 100_000)
}

// TestTier_DamagedFilesAreRemoved does to a file what disks, crashes and people do.
func TestTier_DamagedFilesAreRemoved(t *testing.T) {
	tier := openTest(t, testConfig(t))
	put(tier, "other", bodyOf("other", 9000))
	f := func(name string, damage func(path string) error) {
		t.Run(name, func(t *testing.T) {
			put(tier, "a", bodyOf("a", 9000))
			expect(t, tier, "a", 9000)
			path := tier.path(hashOf([]byte("a")))
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			expect(t, tier, "a", -1)
			if _, err := os.Lstat(path); err == nil {
				t.Error("it is still there")
			}
			if s := tier.Stats(); s.Files != 1 || s.Failures != 0 {
				t.Errorf("stats %+v", s)
			}
			expect(t, tier, "other", 9000)
		})
	}
	change := func(at int64, b byte) func(string) error {
		return func(path string) error {
			file, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = file.WriteAt([]byte{b}, at)
			return err
		}
	}
	replace := func(content []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, content, 0o644) }
	}
	f("bit of the body", change(8000, 'b'))
	f("bit of the sum", change(sumAt, 1))
	f("version", change(4, 2))
	f("length of the body", change(16, 1))
	f("length of the key", change(8, 200))
	f("key", change(headerBytes, 'b'))
	f("cut", func(path string) error { return os.Truncate(path, 5000) })
	f("cut in the header", func(path string) error { return os.Truncate(path, 10) })
	f("empty", func(path string) error { return os.Truncate(path, 0) })
	f("longer", func(path string) error { return os.Truncate(path, 10_000) })
	f("zeros", replace(make([]byte, 9033)))
	f("foreign", replace([]byte(strings.Repeat("not ours ", 1000))))
	f("file of another key", replace(append(appendHead(nil, []byte("b"), bodyOf("b", 9000)), bodyOf("b", 9000)...)))
	f("folder", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) })
	f("link", func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/dev/zero", path)) })
	f("pipe", func(path string) error { return errors.Join(os.Remove(path), unix.Mkfifo(path, 0o644)) })
	f("gone", os.Remove)
}

func TestTier_ScanRemovesWhatIsNotOurs(t *testing.T) {
	cfg := testConfig(t)
	tier := openTest(t, cfg)
	put(tier, "a", bodyOf("a", 5000))
	tier.Close()
	for _, name := range []string{"3f/notes.txt", "3f/0123456789ABCD", "3f/0123456789abcd", "3f/0123456789abcde"} {
		if err := os.WriteFile(filepath.Join(cfg.Folder, name), []byte("short"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tier = openTest(t, cfg)
	if s := tier.Stats(); s.Files != 1 || s.Damaged != 4 {
		t.Errorf("stats %+v", s)
	}
	expect(t, tier, "a", 5000)
}

func TestOpen_IndexesAndWrites(t *testing.T) {
	cfg := testConfig(t)
	for range 2 {
		tier, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for !tier.Stats().Indexed {
			runtime.Gosched()
		}
		tier.Put([]byte("a"), bodyOf("a", 5000)) // the second time it is there
		if err := errors.Join(tier.Close(), tier.Close()); err != nil {
			t.Fatal(err)
		}
		if s := tier.Stats(); s.Files != 1 || s.Dropped != 0 {
			t.Errorf("stats %+v", s)
		}
	}
}

func TestOpen_RefusesFoldersOfOthers(t *testing.T) {
	f := func(want string, change func(cfg *Config)) {
		t.Helper()
		cfg := testConfig(t)
		change(&cfg)
		tier, err := Open(cfg)
		if err == nil {
			tier.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("give each process a folder of its own", func(cfg *Config) { openTest(t, *cfg) })
	f("give it an empty folder", func(cfg *Config) { os.WriteFile(filepath.Join(cfg.Folder, "thesis.odt"), nil, 0o644) })
	f("not a directory", func(cfg *Config) {
		cfg.Folder = filepath.Join(cfg.Folder, "file")
		os.WriteFile(cfg.Folder, nil, 0o644)
	})
	f("Folder: want a folder of its own", func(cfg *Config) { cfg.Folder = "" })
	f("MaxBytes: 1: want at least", func(cfg *Config) { cfg.MaxBytes = 1 })
	f("MaxQueueBytes: 1: want at least", func(cfg *Config) { cfg.MaxQueueBytes = 1 })
}

// clock can be moved while others read it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// openFaulty returns a tier whose writes fail with what fault returns.
func openFaulty(t *testing.T, fault func() error) (*Tier, *clock) {
	t.Helper()
	tier, err := open(testConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Unix(1e9, 0)}
	tier.now = c.read
	tier.write = func(path string, parts ...[]byte) error {
		if err := fault(); err != nil {
			os.WriteFile(path, parts[0][:10], 0o644) // as far as it got
			return &os.PathError{Op: "write", Path: path, Err: err}
		}
		return writeFile(path, parts...)
	}
	start(t, tier)
	return tier, c
}

func TestTier_FullDiskPausesAndShrinks(t *testing.T) {
	var fault error
	tier, c := openFaulty(t, func() error { return fault })
	for i := range 32 {
		put(tier, fmt.Sprint(i), bodyOf("x", 4000))
	}
	fault = unix.ENOSPC
	put(tier, "a", bodyOf("a", 5000))
	if s := tier.Stats(); !s.Paused || s.Failures != 1 || s.Files != 30 || s.Dropped != 1 {
		t.Errorf("stats %+v", s)
	}
	fault = nil
	tier.Put([]byte("b"), bodyOf("b", 5000)) // not tried at all
	if s := tier.Stats(); s.Dropped != 2 {
		t.Errorf("stats %+v", s)
	}
	if _, ok := tier.Get([]byte("31"), make([]byte, 4000)); !ok {
		t.Error("what is there is not read any more")
	}
	c.advance(pauseFor)
	put(tier, "b", bodyOf("b", 5000))
	expect(t, tier, "b", 5000)
	if left, _ := os.ReadDir(filepath.Join(tier.cfg.Folder, newName)); len(left) != 0 {
		t.Errorf("%d half written files are left", len(left))
	}
}

func TestTier_UnreadableFolderPauses(t *testing.T) {
	tier, c := openFaulty(t, func() error { return nil })
	put(tier, "a", bodyOf("a", 5000))
	folder := filepath.Dir(tier.path(hashOf([]byte("a"))))
	away := folder + ".away"
	if err := errors.Join(os.Rename(folder, away), os.WriteFile(folder, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		expect(t, tier, "a", -1)
	}
	if s := tier.Stats(); !s.Paused || s.Failures != 1 || s.Damaged != 0 {
		t.Errorf("stats %+v", s)
	}
	if err := errors.Join(os.Remove(folder), os.Rename(away, folder)); err != nil {
		t.Fatal(err)
	}
	expect(t, tier, "a", -1)
	c.advance(pauseFor)
	expect(t, tier, "a", 5000)
}

func TestTier_EmptiedFolderIsMadeAgain(t *testing.T) {
	tier, c := openFaulty(t, func() error { return nil })
	put(tier, "a", bodyOf("a", 5000))
	names, _ := os.ReadDir(tier.cfg.Folder)
	for _, name := range names {
		if err := os.RemoveAll(filepath.Join(tier.cfg.Folder, name.Name())); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, tier, "a", -1)
	put(tier, "a", bodyOf("a", 5000)) // fails, and heals
	c.advance(pauseFor)
	put(tier, "a", bodyOf("a", 5000))
	expect(t, tier, "a", 5000)
}

func TestTier_FullQueueDrops(t *testing.T) {
	cfg := testConfig(t)
	cfg.MaxQueueBytes = 1 << 20
	tier, err := open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		tier.Put(fmt.Appendf(nil, "%d", i), bodyOf("x", 100<<10))
	}
	if s := tier.Stats(); s.Dropped != 21 || s.QueuedBytes > cfg.MaxQueueBytes {
		t.Errorf("stats %+v", s)
	}
	start(t, tier)
	tier.Close()
	if s := tier.Stats(); s.Written != 9 || s.Files != 9 || s.QueuedBytes != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestTier_UnderLoad(t *testing.T) {
	cfg := testConfig(t)
	cfg.MaxBytes = 2 << 20
	tier := openTest(t, cfg)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			dst := make([]byte, 200_000)
			for range 300 {
				key := fmt.Sprintf("key/%d", random.IntN(60))
				size := 1000 * len(key) * len(key)
				n, ok := tier.Get([]byte(key), dst)
				if !ok {
					tier.Put([]byte(key), bodyOf(key, size))
				} else if !bytes.Equal(dst[:n], bodyOf(key, size)) {
					t.Errorf("%s: another body", key)
				}
				if random.IntN(20) == 0 {
					os.Truncate(tier.path(hashOf([]byte(key))), 1000)
				}
			}
		})
	}
	all.Wait()
	tier.Close()
	if s := tier.Stats(); s.Hits == 0 || s.Damaged == 0 || s.Bytes > cfg.MaxBytes || s.Bytes < occupied(t, cfg.Folder) {
		t.Errorf("%d bytes on disk, stats %+v", occupied(t, cfg.Folder), s)
	}
}

func TestIndex_MemoryOfAnEntry(t *testing.T) {
	const files = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := newIndex()
	for i := range uint64(files) {
		x.add(i*0x9e3779b97f4a7c15, 100)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := int64(after.HeapAlloc-before.HeapAlloc) / files; each > 100 {
		t.Errorf("%d bytes", each)
	} else {
		t.Logf("%d bytes", each)
	}
	runtime.KeepAlive(x)
}
