// Package httpd runs the viewer listener: everything about an HTTP/1.1 server that does not depend on what it serves,
// TLS included.
//
// [Server] accepts connections up to a cap, bounds what a request may cost before a handler sees it (header size, body
// size, time to send it), gives every request an id and a [Record], recovers panics, writes one access line a request,
// counts responses that were cut, and at the end stops accepting and lets running answers finish. What to answer, also to
// requests that are no HTTP, is the business of the [Handler].
//
//	accept ─ session, one a connection: wait ─ read a request ─ Handler.Serve ─ report ─ send ─ wait …
//	                                     idle │ busy: an Exchange is held                  │ idle
//
// fasthttp parses requests and writes answers that are made of its Response; everything around is ours, because what its
// server does for each request costs more than a small answer, and it cannot send from a shared descriptor. On a plain
// TCP connection header and memory leave in one call and files by sendfile(2) at offsets of their own; over TLS both are
// written in whole records. Other connections, such as those of tests, are written to.
//
// A request must arrive within ReadTimeout from its first byte. A response may take WriteTimeout and as long as its body
// needs at a configured slowest rate, so that a slow viewer gets a long segment whole and a stalled one does not hold it
// for ever. Timers are set a little late and seldom moved (deadline.go).
//
// The client of a request is the peer of its connection, unless that is a trusted proxy: then the one whom it announces
// when it connects (proxyheader.go), or whom it names in the request (forwarded.go). A listener can be made to answer
// nobody but a CDN, which shows a secret or a certificate.
//
// What was read from files, such as the certificate, follows them. A connection ends after a request whose framing is in
// doubt, whose body is not read, or that is not HTTP/1.1: what comes after it is never taken for a request.
//
// Memory: a waiting connection holds its goroutine, and with TLS its state, but no buffer. An [Exchange] with its
// buffers belongs to a session from the first byte of a request until nothing more has come, and is recycled: a Handler
// keeps nothing of it or of the Record. A body is lent with its [Lender], from the Send call until Release, which comes
// once however the response ends, a panic included; until then it must not change.
//
// Non-goals: routing, HTTP/2, request bodies of more than a kilobyte, compression, deciding by who asks, the Forwarded
// field (RFC 7239), which hardly any CDN sends.
package httpd
