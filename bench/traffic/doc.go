// Package traffic makes the decisions of a load test that chance makes in reality: which content, and when somebody comes.
// Everything derives from one seed, so that the same seed makes the same decisions whatever the network does: each viewer
// and each purpose draws from a stream of its own.
package traffic
