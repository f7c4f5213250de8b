// Package cache keeps finished answers in memory and makes each missing one once.
//
// [Cache.Get] looks a key up. [Cache.Fetch] comes after a Get that missed and joins all callers into one fill: it runs
// detached from every caller with a deadline of its own, so that a viewer who leaves breaks nothing for those who stay,
// and its result reaches all of them even when the cache does not keep it. [Cache.Prefetch] starts a fill for nobody
// yet; the use of what it made tells its caller to go on ([Entry.TakeLead]). Fills wait in a bounded queue; past it
// callers fail at once with [ErrOverloaded].
//
//	Get ─ hit ──────────────────────────────────────────────► Entry ─ Release
//	 └ miss ─ Fetch ─ join or start ─ turn ─ slab ─ fill ─ Set ─┘
//	                                           └ no room ─► ErrNoRoom: answer from the source, unbuffered
//
// A key is the canonical path of what is cached. Content behind a key never changes: new content has a new key, so
// nothing is ever purged. Errors are not cached.
//
// Memory: bodies lie in recycled slabs outside of the Go heap (package slab), under one hard bound for those that are
// kept, those being made and those that were let go of while a slow reader still has them. An [Entry] is counted: who
// gets one holds it until Release, and the slab is free for others when the cache and the last holder have let go. The
// store may use the bound less a reserve for the other two. When they take more, Fetch does not wait: it returns
// ErrNoRoom, and the caller reads from the source itself.
//
// The store behind is ristretto, whose own answers are taken with care: it may return another key's value, drop a Set,
// or accept an oversized one without keeping it. So entries carry their whole key, which each lookup compares; nothing
// relies on a Set; and a fill ends only when its Set has been digested, which bounds what waits outside the account.
//
// Below: package slab is the memory; package disk is a tier of files for what comes over a network, which belongs under
// the source that fills read, not under this package: the two know nothing of each other. [Group] joins callers for
// other packages too, without the cache. adr/0001 has the reasons and the figures.
//
// Non-goals: expiry, invalidation, streaming of a body that is still being made.
package cache
