// Package origin delivers published assets to viewers: HLS and DASH manifests, init segments and media segments, over
// fasthttp.
//
// One request goes: method and path (syntax), the asset's record and presentation from the [Table], a plan of the
// answer with its ETag, preconditions and range, and only then bytes: out of the cache, or made once for all who wait
// and put there. [Handler] holds that recipe; errors.go the one table from error to status.
//
// The package reads through ports it owns: [Library] for records and presentations, [Source] for bytes of track files,
// [Feed] for what has changed. It knows no storage and no database, so any number of origins may serve one bucket. The
// [Poller] keeps the Table fresh; while storage is out of reach what the Table holds is served stale for a configured
// time.
//
// Memory: cached bodies are copied for the connection, which writes them after the handler has ended. Nothing of a request outlives its
// handler or crosses to another goroutine: what a fill needs is copied first.
//
// Non-goals: who may watch (all may), TLS, management.
package origin
