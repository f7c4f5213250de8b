// Package origin delivers published assets to viewers: HLS and DASH manifests, init segments, media and transport segments,
// on-demand files and downloads, over the listener of package httpd.
//
// One request goes: method and path (syntax), who may watch, the asset's record and presentation from the [Table], a plan
// of the answer with its ETag, preconditions and range, and only then bytes. [Handler] holds that recipe; errors.go the
// one table from error to status.
//
// Who may watch is decided by package auth, which is told what the request shows (admission.go): a session in its path
// /s/{session}/v/…, a signature of its URL, or, at an entry manifest, a credential (credential.go). What is not good is
// refused before anything is read; of the asset's record the rules are told when it plays and under which policy. A
// credential is exchanged for a session by a redirect (exchange.go, adr/0003); where policies say so manifests list signed
// URLs instead (linked.go). What lies beyond the limits of a viewer does not exist (limits.go). GET /auth answers a network
// in front whether it may answer out of what it keeps (decision.go). Below a session the answers are the same for all, so
// what depends on who asks, refusals above all, is never to be stored.
//
//	init segment ────────────────────────────────────────────► memory of the presentation
//	segment ─ local file, no TLS ────────────────────────────► sendfile from a shared descriptor
//	        └ else: cache ─ hit ─────────────────────────────► memory of the cache
//	                  └ miss: one fill for all who wait ─ Source.ReadAt ─┘
//	                     └ no room: from the local file through a buffer, or piece by piece from the Source
//	transport segment ─ cache ─ miss: made once of fragments that are read, no room: made for one ─► memory
//	file, download ─ head: cache, made like that ────────────► memory
//	               └ range of one track, local file, no TLS ─► sendfile; else piece by piece, of each track in turn
//	manifest ─ cache, plain and gzipped apart ─ miss: made once, no room: made for one ─► memory
//
// Segments from files skip the cache: the kernel's page cache has their bytes already. Over TLS, where they would have to
// be copied to be encrypted, and from a [Source] without files they go through it. What a viewer had to wait for leads to
// a prefetch of the next segment (prefetch.go).
//
// The package reads through ports it owns: [Library] for records and presentations, [Source] for bytes of track files,
// [Opener] for files to send from, [Feed] for what has changed, [Documents] for what all origins share. It knows no
// storage and no database, so any number of origins may serve one bucket. The [Poller] keeps Table and Documents fresh;
// while storage is out of reach what the Table holds is served stale for a configured time.
//
// What is stored is not trusted: a segment is sent only when the boxes of its fragments are where the index has them, and
// an open file is looked at again each second (trackfile.go). Damage is 500 and an alert, never other bytes. A response
// whose file or storage fails in the middle is cut, because its header has promised the whole.
//
// Memory: bodies are lent, not copied. The answer holds an entry of the cache, or a track file, until the listener has
// sent its last byte or given up; slow viewers hold no fill. What a request says is read in place, as views of its buffer
// (view.go), which is recycled when the answer has been sent: the record of the access line may hold such views, while
// fills, tables and caches are given copies. The answer of a hit allocates nothing, which alloc_test.go holds.
//
// Non-goals: rules and credentials themselves (package auth), management, connections and TLS (package httpd).
package origin
