package disk

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"headwater/cache/slab"
)

// Tier is a bounded folder of bodies. Safe for concurrent use.
type Tier struct {
	cfg      Config
	lock     *os.File
	index    *index
	counters counters
	now      func() time.Time
	write    func(path string, parts ...[]byte) error // writeFile, but for tests

	reads, writes pause
	scanned       atomic.Bool // the index is complete
	closing       atomic.Bool

	// files is held while a file and its place in the index change together.
	files sync.Mutex

	buffers *slab.Pool
	mu      sync.Mutex // of closed, against sending to a closed queue
	closed  bool
	queue   chan write
	done    chan struct{} // closed when the writer has ended
}

// write is a body on its way to a file.
type write struct {
	key    string
	length int
	buffer *slab.Slab
}

// maxQueuedWrites bounds the bodies in the queue by number; small ones would otherwise be many.
const maxQueuedWrites = 4096

// Open claims the folder and starts to index it. The error says what to do; it is the operator's. Close ends the tier.
func Open(cfg Config) (*Tier, error) {
	t, err := open(cfg)
	if err == nil {
		go t.run()
	}
	return t, err
}

// open is Open without the writer.
func open(cfg Config) (*Tier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	lock, err := lockFolder(cfg.Folder)
	if err != nil {
		return nil, err
	}
	if err := makeFolders(cfg.Folder); err != nil {
		lock.Close()
		return nil, err
	}
	return &Tier{
		cfg: cfg, lock: lock, index: newIndex(), now: time.Now, write: writeFile,
		buffers: slab.New(slab.Config{MaxBytes: cfg.MaxQueueBytes}),
		queue:   make(chan write, maxQueuedWrites),
		done:    make(chan struct{}),
	}, nil
}

func hashOf(key []byte) uint64 { return xxhash.Sum64(key) }

// Get copies the body of key into dst and returns its length. It reports false, with dst in any state, when there is no
// such body, or it is larger than dst.
func (t *Tier) Get(key, dst []byte) (n int, ok bool) {
	n, ok = t.get(key, dst)
	if ok {
		t.counters.hits.Add(1)
	} else {
		t.counters.misses.Add(1)
	}
	return n, ok
}

func (t *Tier) get(key, dst []byte) (n int, ok bool) {
	hash := hashOf(key)
	known := t.index.use(hash)
	if !known && t.scanned.Load() || t.closing.Load() || t.reads.on(t.now()) {
		return 0, false
	}
	n, err := t.readFile(hash, key, dst)
	if err == nil {
		return n, true
	}
	t.handle(hash, err)
	return 0, false
}

// handle does what a failed read asks for.
func (t *Tier) handle(hash uint64, err error) {
	switch {
	case errors.Is(err, errTooLarge):
		return
	case errors.Is(err, os.ErrNotExist): // somebody has tidied up
	case errors.Is(err, errDamaged):
		t.counters.damaged.Add(1)
	case errors.Is(err, unix.EIO): // part of the disk is bad
		t.counters.damaged.Add(1)
		t.fail(&t.reads)
	default:
		t.fail(&t.reads)
		return
	}
	if t.remove(hash) != nil {
		t.fail(&t.reads)
	}
}

// readFile opens no links and waits for no pipes.
func (t *Tier) readFile(hash uint64, key, dst []byte) (int, error) {
	file, err := os.OpenFile(t.path(hash), os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return 0, errDamaged
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errDamaged
	}
	return readBody(file, info.Size(), key, dst)
}

// Close writes what is queued, waits for the writer, and gives the folder free. Get misses and Put drops from now on.
func (t *Tier) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	close(t.queue)
	t.mu.Unlock()
	t.closing.Store(true)
	<-t.done
	t.buffers.Close()
	return t.lock.Close()
}
