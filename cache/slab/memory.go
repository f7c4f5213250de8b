package slab

import "golang.org/x/sys/unix"

// memory is where the pool's bytes come from.
type memory interface {
	// reserve returns n bytes of address space, in whole pages, that take memory when they are first touched.
	reserve(n int) ([]byte, error)
	// populate brings in the memory of a part at once, which is cheaper than page by page. It is no more than advice.
	populate(part []byte)
	// discard frees the memory of a part of what reserve has returned.
	discard(part []byte) error
	// unmap gives back what one reserve has returned.
	unmap(all []byte) error
}

// anonymous is memory of the operating system.
type anonymous struct{}

func (anonymous) reserve(n int) ([]byte, error) {
	const access, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE
	region, err := unix.Mmap(-1, 0, n, access, flags)
	if err != nil {
		return nil, err
	}
	// A huge page would bring memory that is not counted. Kernels without huge pages refuse the advice.
	_ = unix.Madvise(region, unix.MADV_NOHUGEPAGE)
	return region, nil
}

// populate relies on Linux 5.14; older kernels bring pages in when they are touched.
func (anonymous) populate(part []byte) { _ = unix.Madvise(part, unix.MADV_POPULATE_WRITE) }

func (anonymous) discard(part []byte) error { return unix.Madvise(part, unix.MADV_DONTNEED) }

func (anonymous) unmap(all []byte) error { return unix.Munmap(all) }
