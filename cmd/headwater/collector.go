package main

import (
	"runtime/debug"
	"strings"
)

// collectorPercent is by how much a server's heap grows between two collections, instead of Go's 100. What lives there
// are the presentations, the records and the keys of the cache, some 140 MiB at the default settings: that much again in
// garbage would break the promise of 256 MiB over the cache, whose bodies are outside of the heap. Hits allocate
// nothing, so it is misses alone that pay for collecting more often.
const collectorPercent = 40

// tuneCollector sets that, unless whoever runs the server has set GOGC.
func (a *app) tuneCollector() {
	if !a.hasEnv("GOGC") {
		debug.SetGCPercent(collectorPercent)
	}
}

// hasEnv reports whether a variable is set and not empty.
func (a *app) hasEnv(name string) bool {
	for _, entry := range a.env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value != ""
		}
	}
	return false
}
