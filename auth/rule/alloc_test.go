//go:build !race

package rule

import "testing"

func TestAllocations(t *testing.T) {
	e := newEverything(t)
	refused := 0
	if n := testing.AllocsPerRun(1000, func() {
		if !e.allows() {
			refused++
		}
		// What is hostile or unknown costs no more.
		e.referers.Allows("https://u:p@evil.example\\.example.com/", "null")
		e.referers.Allows("", "http://[2001:db8::1]:80")
		e.countries.Allows(numbered(refused))
		e.limiter.Allow(numbered(int(e.now)), e.limit, e.now)
	}); n != 0 || refused != 0 {
		t.Errorf("%v allocations, %d of 1001 refused", n, refused)
	}
}
