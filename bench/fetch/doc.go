// Package fetch is how the load tester asks: it keeps connections alive as a browser does, judges every answer and records
// it.
//
// # Flow
//
//	Pool ─► Lane (one goroutine, one connection a host) ─► Fetch ─► connect ─► client.Conn.Do ─► judge ─► measure
//	 └ table: length, ETag and hash of what was received first from each URL
//
// An answer counts as a request only when everything about it is right: the status, the length that was announced or asked
// for, and, where the URL was seen before, the same length and ETag and (for a sample of bodies) the same hash. All else
// is a fault of a kind, recorded with an example URL that holds no credentials.
//
// A connection that the server had ended while it was idle is replaced without a fault. Redirects are followed, as
// players do. Credentials go only to the hosts that they were given for.
package fetch
