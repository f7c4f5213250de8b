// Package httpd runs the viewer listener: everything about an HTTP server that does not depend on what it serves.
//
// [Server] accepts connections up to a cap, bounds what a request may cost before a handler sees it (header size, body
// size, time to send it), gives every request an id and a [Record], recovers panics, writes one access line a request,
// and at the end stops accepting and lets running answers finish. What to answer, also to requests that are no HTTP,
// is the business of the [Handler].
//
// A response may take as long as its body needs at a configured slowest rate, so that a slow viewer gets a long
// segment whole and a stalled one does not hold it for ever.
//
// Memory: a Handler must not keep anything of the RequestCtx or the Record. A body given with SetBodyRaw is being
// written after the Handler has returned and must not change any more.
//
// Non-goals: routing, TLS, forwarded addresses (the client is the peer of the connection).
package httpd
