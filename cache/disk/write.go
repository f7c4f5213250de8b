package disk

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Put queues body to be kept for key. It copies both, does not wait, and drops the body when it is kept already, when the
// queue is full, or while the tier pauses.
func (t *Tier) Put(key, body []byte) {
	if t.index.use(hashOf(key)) {
		return
	}
	if !t.enqueue(key, body) {
		t.counters.dropped.Add(1)
	}
}

func (t *Tier) enqueue(key, body []byte) bool {
	if len(key) > maxKeyBytes || fileBytes(key, body) > t.cfg.MaxBytes || t.writes.on(t.now()) {
		return false
	}
	buffer, err := t.buffers.Acquire(len(body))
	if err != nil {
		return false
	}
	copy(buffer.Bytes(), body)
	if !t.send(write{string(key), len(body), buffer}) {
		buffer.Release()
		return false
	}
	return true
}

// send queues w unless the queue is full or closed.
func (t *Tier) send(w write) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	select {
	case t.queue <- w:
		return true
	default:
		return false
	}
}

// run is the writer: first it looks at what is there, because the bound covers that too.
func (t *Tier) run() {
	t.scan()
	t.writeQueued()
}

// writeQueued writes until the queue is closed.
func (t *Tier) writeQueued() {
	defer close(t.done)
	for w := range t.queue {
		if t.scanned.Load() && !t.writes.on(t.now()) {
			t.keep([]byte(w.key), w.buffer.Bytes()[:w.length])
		} else {
			t.counters.dropped.Add(1)
		}
		w.buffer.Release()
	}
}

// keep writes a file.
func (t *Tier) keep(key, body []byte) {
	hash := hashOf(key)
	if t.index.use(hash) { // queued twice
		return
	}
	if err := t.replace(hash, key, body); err != nil {
		t.counters.dropped.Add(1)
		t.fail(&t.writes)
		t.heal(err)
		return
	}
	t.counters.written.Add(1)
}

// replace makes room for a file, writes it, and gives it its name.
func (t *Tier) replace(hash uint64, key, body []byte) error {
	blocks := blocksOf(fileBytes(key, body))
	if err := t.shrink(t.cfg.MaxBytes - int64(blocks)*blockBytes); err != nil {
		return err
	}
	fresh := filepath.Join(t.cfg.Folder, newName, strconv.FormatUint(hash, 16))
	err := t.write(fresh, appendHead(nil, key, body), body)
	if err == nil {
		err = t.publish(fresh, hash, blocks)
	}
	if err != nil {
		os.Remove(fresh)
	}
	return err
}

// heal does what makes the next write succeed. What it cannot mend fails again, and pauses the tier again.
func (t *Tier) heal(err error) {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		// A sixteenth goes: others need the disk more than a cache does.
		_, occupied := t.index.size()
		_ = t.shrink(occupied - occupied/16)
	case errors.Is(err, os.ErrNotExist): // somebody has emptied the folder
		_ = makeFolders(t.cfg.Folder)
	}
}

// publish gives a finished file its name.
func (t *Tier) publish(fresh string, hash uint64, blocks uint32) error {
	t.files.Lock()
	defer t.files.Unlock()
	if err := os.Rename(fresh, t.path(hash)); err != nil {
		return err
	}
	t.index.add(hash, blocks)
	return nil
}

// remove removes a file, or whatever stands in its place, and forgets it.
func (t *Tier) remove(hash uint64) error {
	t.files.Lock()
	defer t.files.Unlock()
	if err := os.RemoveAll(t.path(hash)); err != nil {
		return err
	}
	t.index.remove(hash)
	return nil
}

// shrink removes files until they occupy no more than sizeBytes.
func (t *Tier) shrink(sizeBytes int64) error {
	for {
		_, occupied := t.index.size()
		hash, ok := t.index.oldest()
		if !ok || occupied <= sizeBytes {
			return nil
		}
		if err := t.remove(hash); err != nil {
			return err
		}
		t.counters.evictions.Add(1)
	}
}

// writeFile writes parts to a new file. It is not synced: see the package comment.
func writeFile(path string, parts ...[]byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := file.Write(part); err != nil {
			file.Close()
			return err
		}
	}
	return file.Close()
}
