// Package auth decides whether a request may be answered.
//
// Its decisions are pure functions of a request's plain values, the time and a [Snapshot] of rules, keys and revocations,
// which package main fetches and swaps; nothing here does I/O, logs, or imports another folder. What has to be asked
// elsewhere goes through the ports [Coordinator] and [Hook], and only when a credential is exchanged.
//
//	request ─ project by Host ─┬─ /s/{session}/ ─► session: MAC, time, revocations, limits ─┐
//	                           ├─ credential at an entry manifest ─► claims ─► exchange ────┤
//	                           └─ none ─────────────────────────────────────────────────────┤
//	                      policy: asset's, else project's, else default ─► local rules ◄────┘
//
// A refusal is a [Cause]: a name for logs and counters, never for viewers, who are told the same whatever it is.
//
// Sub-packages are formats and matchers that know nothing of policies: urlsign, jws, cat, rule.
package auth
