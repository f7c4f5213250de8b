// Package cache keeps finished answers in memory and makes each missing one once.
//
// [Cache.Get] looks a key up. [Cache.Fetch] does so too and, when the key is missing, joins all callers into one fill:
// it runs detached from every caller with a deadline of its own, so that a viewer who leaves breaks nothing for those
// who stay, and its result reaches all of them even when the cache does not keep it. Fills wait in a bounded queue and
// hold a bounded number of bytes; past the bound callers fail at once with [ErrOverloaded].
//
// A key is the canonical path of what is cached. Content behind a key never changes: new content has a new key, so
// nothing is ever purged. Errors are not cached.
//
// Memory: the cache hands each fill the buffer to append to and owns what comes back. An [Entry] is immutable and
// stays valid for its holders after the cache has let go of it. Bodies are charged with their real bytes.
//
// The store behind is ristretto, whose own answers are taken with care: it may return another key's value, drop a Set,
// or accept an oversized one without keeping it. So entries carry their whole key, which each lookup compares; nothing
// relies on a Set; and a fill ends only when its Set has been digested, which bounds what waits outside the account.
//
// Non-goals: expiry, invalidation, tiers below memory.
package cache
