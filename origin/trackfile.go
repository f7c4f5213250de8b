package origin

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"headwater/packager"
)

// trackFile is an open track file that responses share. They send from offsets of their own, so its position is of no
// meaning. It closes when the table and the last response have let go of it. Safe for concurrent use.
type trackFile struct {
	file     *os.File
	fd       int
	identity fileIdentity
	refs     atomic.Int64
	confirm  atomic.Int64    // when it was last found to be the file that it was, in Unix nanoseconds
	checked  []atomic.Uint64 // a bit for each fragment whose boxes were found at their places
	short    func()          // called when it turns out to be shorter than it was
}

// fileIdentity is what a file must keep to be the one that was opened.
type fileIdentity struct {
	size     int64
	modified syscall.Timespec
}

// openTrackFile takes file over, with one reference, or closes it and returns an error that wraps ErrCorrupt when it is
// not the file that the index describes.
func openTrackFile(file *os.File, f File, fragments int, short func()) (*trackFile, error) {
	t := &trackFile{
		file: file, fd: int(file.Fd()), short: short,
		checked: make([]atomic.Uint64, (fragments+63)/64),
	}
	t.refs.Store(1)
	var err error
	if t.identity, err = t.identify(); err == nil && t.identity.size != f.SizeBytes {
		err = fmt.Errorf("%w: it has %d bytes, the index says %d", ErrCorrupt, t.identity.size, f.SizeBytes)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("file of track %s of asset %s: %w", f.Track, f.Asset, err), file.Close())
	}
	t.confirm.Store(time.Now().UnixNano())
	return t, nil
}

// identify asks what the file is now. It fails for one that has lost its name: it was deleted or replaced.
func (t *trackFile) identify() (fileIdentity, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(t.fd, &stat); err != nil {
		return fileIdentity{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if stat.Nlink == 0 {
		return fileIdentity{}, fmt.Errorf("%w: it was deleted", ErrNotFound)
	}
	return fileIdentity{stat.Size, syscall.Timespec(stat.Mtim)}, nil
}

// confirmEvery is how long a file is trusted to be what it was. Within it a response that the file is too short for is
// cut, which the viewer sees and repeats.
const confirmEvery = time.Second

// current reports whether the file still is what was opened.
func (t *trackFile) current(now time.Time) bool {
	confirmed := t.confirm.Load()
	if now.UnixNano()-confirmed < int64(confirmEvery) {
		return true
	}
	if !t.confirm.CompareAndSwap(confirmed, now.UnixNano()) {
		return true // another request is asking
	}
	return !t.replaced()
}

func (t *trackFile) replaced() bool {
	identity, err := t.identify()
	return err != nil || identity != t.identity
}

// retain adds a reference; false when the file has been closed.
func (t *trackFile) retain() bool {
	for {
		refs := t.refs.Load()
		if refs == 0 {
			return false
		}
		if t.refs.CompareAndSwap(refs, refs+1) {
			return true
		}
	}
}

// Release implements [httpd.Lender].
func (t *trackFile) Release() {
	if t.refs.Add(-1) == 0 {
		t.file.Close() // it was only read
	}
}

// Fd implements [httpd.File].
func (t *trackFile) Fd() int { return t.fd }

// Short implements [httpd.File]. The next response looks before it trusts the file.
func (t *trackFile) Short() {
	t.confirm.Store(0)
	t.short()
}

// check reports ErrCorrupt unless the boxes of fragments first to end-1 are where the index has them. It reads each
// once in the life of the open file.
func (t *trackFile) check(fragments []packager.Fragment, first, end int) error {
	announced := false
	for i := first; i < end; i++ {
		word, bit := &t.checked[i/64], uint64(1)<<(i%64)
		if word.Load()&bit != 0 {
			continue
		}
		if !announced {
			t.announce(fragments[first].Offset, fragments[end-1].Offset+int64(fragments[end-1].SizeBytes))
			announced = true
		}
		if err := t.checkFragment(&fragments[i]); err != nil {
			return err
		}
		word.Or(bit)
	}
	return nil
}

// announceBytes is the size up to which a segment is read in one piece when it is new. Left to itself the kernel sees
// reads here and there and reads several times as much, which costs most where segments are short. Of long ones it reads
// little more, and in larger pieces than those that are asked for, which cost less to send.
const announceBytes = 1 << 20

// announce has the kernel read the bytes from start to end now if they are few.
func (t *trackFile) announce(start, end int64) {
	if end-start > announceBytes {
		return
	}
	unix.Fadvise(t.fd, start, end-start, unix.FADV_WILLNEED) // only advice
}

func (t *trackFile) checkFragment(f *packager.Fragment) error {
	var boxes [2 * boxHeaderBytes]byte
	moof, mdat := boxes[:boxHeaderBytes], boxes[boxHeaderBytes:]
	for box, at := range [...]int64{f.Offset, f.Offset + int64(f.MoofSizeBytes)} {
		switch _, err := t.file.ReadAt(boxes[box*boxHeaderBytes:][:boxHeaderBytes], at); {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%w: it ends before %d", ErrCorrupt, at+boxHeaderBytes)
		case err != nil:
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	return checkFragment(moof, mdat, f)
}

const boxHeaderBytes = 8

// checkFragment reports ErrCorrupt unless moof and mdat begin with the headers of boxes as f describes them (ISO/IEC
// 14496-12 §4.2). It is what a file of another length, or with bytes moved, does not have.
func checkFragment(moof, mdat []byte, f *packager.Fragment) error {
	if !isBox(moof, "moof") || binary.BigEndian.Uint32(moof) != f.MoofSizeBytes {
		return fmt.Errorf("%w: no moof of %d bytes at %d", ErrCorrupt, f.MoofSizeBytes, f.Offset)
	}
	if !isBox(mdat, "mdat") {
		return fmt.Errorf("%w: no mdat at %d", ErrCorrupt, f.Offset+int64(f.MoofSizeBytes))
	}
	return nil
}

func isBox(b []byte, boxType string) bool {
	return len(b) >= boxHeaderBytes && string(b[4:8]) == boxType
}
