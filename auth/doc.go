// Package auth decides whether a request may be answered.
//
// Its decisions are pure functions of a request's plain values, the time and a [Snapshot] of rules, keys and revocations,
// which package main fetches and swaps; nothing here does I/O, logs, or imports another folder. What has to be asked
// elsewhere goes through the ports [Coordinator] and [Hook]: when a credential is exchanged, and for sessions that are
// counted about every 30 s.
//
//	request ─ project by Host ─┬─ /s/{session}/ ─► session: MAC, time, revocations, client ─────┐
//	                           ├─ credential at an entry manifest ─► claims: key, time, asset ──┤
//	                           └─ none ─────────────────────────────────────────────────────────┤
//	        policy: the asset's, else the project's, else the default, else open to all  ◄──────┘
//	             access ─► asset ─► referer ─► address ─► user agent ─► country ─► rate ─► lease
//	             for a credential then: hook ─► single use ─► sessions of the user ─► session
//
// # Use
//
// An [Engine] holds the latest snapshot and what is remembered between requests. For each request delivery begins a
// [Visit], has it take what the request shows (OpenSession, Present, or SplitURL and PresentURL), asks whether it is
// Hopeless before anything is looked up, and then has it Decide about the record of the asset. A credential that was found
// good is exchanged for a session, which adr/0001-sessions.md explains. Explain tells how the same request is decided, step
// by step; both go through one table, so that they cannot differ.
//
// A refusal is a [Cause]: a name for logs and counters, never for viewers, who are told the same whatever it is. Errors that
// wrap one say more, but nothing secret.
//
// # Documents
//
// [Rules] are policies and projects, written as YAML and judged as a whole. A [Keyring] holds the keys of all projects, sealed
// where it is stored; a key has one use, so that what it signs for one form of credential is worth nothing as another.
// [Revocations] make void what was issued. Projects share nothing: a session, credential or revocation of one means
// nothing in another.
//
// # Memory and goroutines
//
// Snapshots and what they hold are immutable. Engines may be used by many goroutines at once; a visit belongs to one, and
// keeps the texts of its request, which may be views of a buffer, until it is begun again. What an engine and a
// [LocalCoordinator] remember is bounded: 65,536 clients for rates, 16,384 answers of hooks, 262,144 sessions and as many
// single uses. On the way of a session nothing is allocated.
//
// Sub-packages are formats and matchers that know nothing of policies: urlsign, jws, cat, rule.
//
// It does not fetch, watch or store documents, find credentials in headers, choose statuses, or know what an asset is
// made of.
package auth
