package slab

import "math/bits"

// Sizes are steps of an eighth of a power of two: 1 KiB, 1152, 1280 … 64 MiB.
const (
	stepBits   = 3
	steps      = 1 << stepBits
	minBits    = 10 // the smallest slab
	blockBits  = 15 // smaller slabs share a block of at least this size, which is whole pages in every step
	maxBits    = 26 // larger ones are mapped by themselves
	classCount = (maxBits-minBits)*steps + 1
)

// classOf returns the index of the smallest class that holds n bytes; classCount or more when none does.
func classOf(n int) int {
	if n <= 1<<minBits {
		return 0
	}
	power := bits.Len(uint(n-1)) - 1
	step := (n-1)>>(power-stepBits) + 1 // steps+1 to 2*steps
	return (power-minBits)*steps + step - steps
}

// classBytes returns the size of the slabs of a class.
func classBytes(index int) int {
	power, step := minBits+index/steps, index%steps
	return (steps + step) << (power - stepBits)
}

// class is one size of slabs.
type class struct {
	slabBytes  int
	blockBytes int

	open blockList // blocks with slabs in use and free ones; nearly full ones in front, so that sparse ones drain
	idle blockList // blocks that are all free; the one used last in front
	cold []*block  // blocks without memory
	rest []byte    // what is left of the newest region
}

func newClass(index int) class {
	size := classBytes(index)
	block := size
	for block < 1<<blockBits {
		block *= 2
	}
	return class{slabBytes: size, blockBytes: block}
}

// regionBytes returns how much address space to reserve at a time under a bound of maxBytes: whole blocks.
func (c *class) regionBytes(maxBytes int64) int {
	const regions, least = 16, 1 << 20
	want := max(int(maxBytes/regions), least)
	return max(want/c.blockBytes, 1) * c.blockBytes
}

// committed returns a block with a free slab, if one has memory.
func (c *class) committed() *block {
	if c.open.front != nil {
		return c.open.front
	}
	return c.idle.front
}

func (c *class) idleBytes() int { return c.idle.count * c.blockBytes }
