// Package auth decides whether a request may be answered: signed playback credentials, referer and address rules, API
// keys.
//
// Its decisions are pure functions of a request's plain values and of a snapshot of keys and rules, which package main
// fetches and swaps; nothing here does I/O, logs, or imports another folder. The package is empty until assets have
// policies: every asset is open to whoever knows its URL.
package auth
