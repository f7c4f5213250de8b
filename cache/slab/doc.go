// Package slab hands out large byte buffers that lie outside of the Go heap and are used again and again.
//
// On the heap, a cache of 512 MiB lets the process grow to twice that before the collector runs, and each new buffer
// of megabytes costs more in page faults than the copying of its content. Here a [Pool] maps memory itself, under one
// hard bound, and [Pool.Acquire] prefers memory that has been used before: its pages are there already. Content is not
// zeroed.
//
// Sizes come in classes, eight to a doubling, from 1 KiB to 64 MiB, so that at most an eighth of a slab is waste
// (of what is larger than 1 KiB). A class has address space of its own, reserved region by region, and cuts it into
// blocks: one slab, or, below 32 KiB, up to 32 slabs in 32 to 60 KiB. Address space costs nothing; what counts against
// the bound is committed blocks. A block whose slabs are all free stays committed for its class until another class
// finds no room under the bound: then the longest idle blocks are discarded (MADV_DONTNEED), which frees their pages
// and keeps their addresses. So classes never fragment each other, and the number of mappings depends on the number
// of classes, not of slabs. What is larger than 64 MiB is mapped and unmapped by itself.
//
//	Acquire: used memory of the class > room under the bound > used memory one or two classes up >
//	         room made by discarding idle blocks > ErrNoRoom
//
// Memory: a [Slab] belongs to its holder until [Slab.Release]. A released slab is somebody else's memory; releasing it
// twice panics, and Config.Poison finds those who still write to it or read from it.
//
// Non-goals: growing a slab, moving slabs out of sparse blocks, giving idle memory back while nobody needs it.
package slab
