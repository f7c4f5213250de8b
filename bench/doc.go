// Package bench measures Headwater from outside, as viewers meet it: over HTTP, without importing what it measures.
//
// It is empty until delivery is tuned. The cost of ingest is measured where ingest is.
package bench
