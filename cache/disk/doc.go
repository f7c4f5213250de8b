// Package disk keeps bodies that were read from remote storage as files in a folder of its own, so that a restart, or a
// working set larger than memory, does not mean to read them over the network again.
//
// [Tier.Get] reads a file and verifies it; [Tier.Put] queues a body to be written, off the path of the request, and
// drops it when the queue is full. A tier never fails anybody: whatever goes wrong is a miss or a body not kept, and a
// counter. A file that is torn, cut, foreign, or of another key is removed. When the folder cannot be read, or the disk
// is full, the tier pauses for half a minute.
//
//	folder/disk-cache.lock   one process at a time; also the mark that the folder is ours
//	folder/new/              files being written; emptied by Open
//	folder/3f/0c9a…          finished files, named by a hash of the key, never by the key itself
//
// A file is a header with lengths and a checksum (xxhash, over lengths, key and body), the key, the body. It is written
// beside, then renamed, but not synced: what a power cut tears, the checksum finds, and all that is lost is a copy.
//
// The folder is bounded by what files occupy, whole blocks, and those used longest ago go first. The index takes some 60
// bytes a file and is rebuilt from names and sizes after Open, in the background: until that is done Get looks for files
// without it and writes wait. Use before a restart is forgotten; files then count as used when they were written.
//
// The page cache is left to the kernel. It holds a second copy of what has just been read into memory, but also what the
// memory cache did not find worth keeping, and gives way to anybody who needs memory. Direct reads would save the former,
// lose the latter, and need aligned buffers.
//
// Memory: Get copies into the caller's buffer. Put copies into a bounded pool of recycled buffers.
//
// Non-goals: durability, expiry, sharing a folder between processes, guarding against who can write to the folder on
// purpose: a checksum is no signature.
package disk
