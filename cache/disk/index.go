package disk

import "sync"

// blockBytes is what a file system gives at a time; files occupy whole blocks.
const blockBytes = 4096

func blocksOf(size int64) uint32 { return uint32((size + blockBytes - 1) / blockBytes) }

// index knows the finished files and the order of their use, by the hashes of their keys. Safe for concurrent use.
type index struct {
	mu     sync.Mutex
	places map[uint64]uint32 // in nodes
	nodes  []node            // nodes[0] is the anchor of a ring: next is used last, prev longest ago
	free   []uint32
	blocks int64
}

type node struct {
	hash       uint64
	blocks     uint32
	prev, next uint32
}

func newIndex() *index { return &index{places: map[uint64]uint32{}, nodes: make([]node, 1)} }

// use moves a file to the front and reports whether it is known.
func (x *index) use(hash uint64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	place, ok := x.places[hash]
	if ok {
		x.unlink(place)
		x.link(place)
	}
	return ok
}

// add puts a file to the front, in place of an earlier one.
func (x *index) add(hash uint64, blocks uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(hash)
	place := uint32(len(x.nodes))
	if last := len(x.free) - 1; last >= 0 {
		place, x.free = x.free[last], x.free[:last]
	} else {
		x.nodes = append(x.nodes, node{})
	}
	x.nodes[place] = node{hash: hash, blocks: blocks}
	x.places[hash] = place
	x.blocks += int64(blocks)
	x.link(place)
}

// remove forgets a file.
func (x *index) remove(hash uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(hash)
}

func (x *index) drop(hash uint64) {
	place, ok := x.places[hash]
	if !ok {
		return
	}
	x.unlink(place)
	x.blocks -= int64(x.nodes[place].blocks)
	x.free = append(x.free, place)
	delete(x.places, hash)
}

// oldest returns the file used longest ago.
func (x *index) oldest() (hash uint64, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	place := x.nodes[0].prev
	return x.nodes[place].hash, place != 0
}

// size returns how many files there are and what they occupy.
func (x *index) size() (files int, sizeBytes int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.places), x.blocks * blockBytes
}

func (x *index) link(place uint32) {
	first := x.nodes[0].next
	x.nodes[place].prev, x.nodes[place].next = 0, first
	x.nodes[first].prev = place
	x.nodes[0].next = place
}

func (x *index) unlink(place uint32) {
	n := x.nodes[place]
	x.nodes[n.prev].next = n.next
	x.nodes[n.next].prev = n.prev
}
