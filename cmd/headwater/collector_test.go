package main

import (
	"runtime/debug"
	"testing"
)

func TestTuneCollector(t *testing.T) {
	const goDefault = 100
	defer debug.SetGCPercent(debug.SetGCPercent(goDefault))
	for _, test := range []struct {
		env  []string
		want int
	}{
		{nil, collectorPercent},
		{[]string{"GOGC=", "GOGCX=1"}, collectorPercent},
		{[]string{"HOME=/", "GOGC=200"}, goDefault}, // the runtime has read it
	} {
		debug.SetGCPercent(goDefault)
		(&app{env: test.env}).tuneCollector()
		if got := debug.SetGCPercent(goDefault); got != test.want {
			t.Errorf("%q: %d %%, want %d", test.env, got, test.want)
		}
	}
}
