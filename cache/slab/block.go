package slab

import "math/bits"

// block is what is committed and discarded at a time: one slab, or a few small ones.
type block struct {
	class  *class
	memory []byte
	free   uint32 // a bit for each slab

	prev, next *block // in a list of the class
}

// allFree is the value of free when no slab is in use.
func (b *block) allFree() uint32 { return uint32(1)<<(b.class.blockBytes/b.class.slabBytes) - 1 }

// take marks a free slab used and returns its index.
func (b *block) take() int {
	index := bits.TrailingZeros32(b.free)
	b.free &^= 1 << index
	return index
}

func (b *block) slab(index int) []byte {
	size := b.class.slabBytes
	return b.memory[index*size : (index+1)*size : (index+1)*size]
}

// blockList is a doubly linked list. A block is in one at most.
type blockList struct {
	front, back *block
	count       int
}

func (l *blockList) pushFront(b *block) {
	l.count++
	b.prev, b.next = nil, l.front
	if l.front != nil {
		l.front.prev = b
	} else {
		l.back = b
	}
	l.front = b
}

func (l *blockList) remove(b *block) {
	l.count--
	if b.prev != nil {
		b.prev.next = b.next
	} else {
		l.front = b.next
	}
	if b.next != nil {
		b.next.prev = b.prev
	} else {
		l.back = b.prev
	}
	b.prev, b.next = nil, nil
}
