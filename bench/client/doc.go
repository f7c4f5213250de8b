// Package client is an HTTP/1.1 client for measuring servers: one request at a time over one connection that is kept
// alive, on plain TCP or TLS, with as little work of its own as can be.
//
// A [Conn] writes a request of preformatted lines, reads and checks the head of the answer, and then does with the body
// what the [Request] says: discard, hash or keep it. On a plain connection a discarded body never enters the process:
// the kernel drops it (recv with MSG_TRUNC). On TLS it passes through one recycled buffer. Discarding and hashing
// allocate nothing per request.
//
// What the server sends is bytes from outside: the head is bounded and parsed strictly (RFC 9112), because a tool that
// reports faults must not overlook any. There is no redirect, no retry, no cookie, no decoding of contents and no pool:
// callers dial again when [Conn.Reusable] says so. The package needs Linux.
package client
