package ingest

import "headwater/ingest/catalog"

// SetFeedLength lets a test fill the feed with few changes.
func (p *Publisher) SetFeedLength(entries catalog.Seq) { p.feedLength = entries }

// Abandon lets go of the lock as the end of the process does.
func (w *Workdir) Abandon() { w.lock.Close() }

// UsedKeys is what a sweep keeps.
var UsedKeys = usedKeys

// FeedLength is how many entries a feed keeps.
const FeedLength = feedLength
