package rule

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func limit(t testing.TB, requests int, per time.Duration, burst int) Limit {
	t.Helper()
	l, err := NewLimit(requests, per, burst)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func limiter(t testing.TB, maxClients int) *Limiter {
	t.Helper()
	l, err := NewLimiter(maxClients)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// numbered returns the n-th address of IPv4.
func numbered(n int) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(n))))
}

// allowed returns how many of n requests are.
func allowed(l *Limiter, client netip.Addr, lim Limit, now int64, n int) int {
	count := 0
	for range n {
		if l.Allow(client, lim, now) {
			count++
		}
	}
	return count
}

const second = int64(time.Second)

func TestLimiter(t *testing.T) {
	l, lim := limiter(t, 100), limit(t, 10, time.Second, 5)
	client := netip.MustParseAddr("192.0.2.1")
	f := func(now int64, ask, want int) {
		t.Helper()
		if got := allowed(l, client, lim, now, ask); got != want {
			t.Errorf("at %v: %d of %d, want %d", time.Duration(now), got, ask, want)
		}
	}
	start := 1_000_000 * second
	f(start, 100, 5)
	f(start+second/10-1, 100, 0)
	f(start+second/10, 100, 1)
	f(start+second/2, 100, 4)
	f(start+second, 3, 3)
	f(start+second, 100, 2)
	f(start+100*second, 100, 5) // a pause earns one burst, no more
	f(start, 100, 0)            // the clock goes back: what was earned there is gone
	f(start+second/10, 100, 1)  // and the wait is no longer than ever
	for i := range 1000 {       // a steady pace is never refused
		f(start+200*second+int64(i)*second/10, 1, 1)
	}
	one := limit(t, 1, time.Minute, 1)
	if got := allowed(l, client, one, start, 10) + allowed(l, client, one, start+59*second, 10) + allowed(l, client, one, start+60*second, 10); got != 2 {
		t.Errorf("without a burst: %d, want 2", got)
	}
}

func TestLimiterClients(t *testing.T) {
	lim := limit(t, 1, time.Second, 3)
	f := func(a, b string, same bool) {
		t.Helper()
		l := limiter(t, 100)
		first, second := netip.MustParseAddr(a), netip.MustParseAddr(b)
		if got := allowed(l, first, lim, 0, 4); got != 3 {
			t.Errorf("%s: %d", a, got)
		}
		if got := allowed(l, second, lim, 0, 4); (got == 0) != same {
			t.Errorf("%s after %s: %d", b, a, got)
		}
	}
	f("192.0.2.1", "192.0.2.1", true)
	f("192.0.2.1", "192.0.2.2", false)
	f("192.0.2.1", "::ffff:192.0.2.1", true)
	f("192.0.2.1", "::192.0.2.1", false)
	f("2001:db8::1", "2001:db8::ffff:0:0:1", true)
	f("2001:db8::1", "2001:db8:0:1::1", false)
	f("fe80::1%a", "fe80::2%b", true)
	f("0.0.0.0", "::", false)
	l := limiter(t, 100)
	if allowed(l, netip.Addr{}, lim, 0, 4) != 3 || allowed(l, netip.MustParseAddr("192.0.2.1"), lim, 0, 4) != 3 {
		t.Error("clients without an address are not one of their own")
	}
	if got := allowed(l, netip.Addr{}, limit(t, 1, time.Second, 2), 0, 4); got != 2 {
		t.Errorf("another limit: %d, want 2", got)
	}
}

// TestLimiterCrowd fills the table over and over: each newcomer may ask, and a client at its limit is not forgotten before the
// crowd has asked for as much as bursts hold.
func TestLimiterCrowd(t *testing.T) {
	const places, burst = 1024, 16
	l, lim := limiter(t, places), limit(t, 1, time.Minute, burst)
	abuser := netip.MustParseAddr("2001:db8::1")
	if got := allowed(l, abuser, lim, 0, 1000); got != burst {
		t.Fatalf("%d, want %d", got, burst)
	}
	for i := range places * burst / 2 {
		if !l.Allow(numbered(i), lim, 0) {
			t.Fatalf("newcomer %d is shut out", i)
		}
	}
	if l.Allow(abuser, lim, 0) {
		t.Error("a crowd that has asked for half of its bursts makes us forget who was at the limit")
	}
	for i := range 10 * places * burst {
		if !l.Allow(numbered(1<<24+i), lim, 0) {
			t.Fatalf("newcomer %d is shut out", i)
		}
	}
	if got := allowed(l, abuser, lim, 0, 1000); got > 1 {
		t.Errorf("once forgotten, %d requests are gained, want at most 1", got)
	}
	if got := allowed(l, netip.MustParseAddr("192.0.2.77"), lim, 3600*second, 1000); got != burst {
		t.Errorf("when the crowd has gone, a newcomer has %d, want %d", got, burst)
	}
}

// TestLimiterRoom wants that as many clients as the table is made for, or nearly, are told apart.
func TestLimiterRoom(t *testing.T) {
	const places = DefaultMaxClients
	l, lim := limiter(t, places), limit(t, 1, time.Minute, 4)
	wrong := 0
	for round := range 5 {
		for i := range places / 2 {
			if l.Allow(numbered(i), lim, 0) != (round < 4) {
				wrong++
			}
		}
	}
	if wrong > places/1000 {
		t.Errorf("%d of %d clients are taken for others in a table that is half full", wrong, places/2)
	}
}

func TestLimiterConcurrent(t *testing.T) {
	l, lim := limiter(t, 1), limit(t, 1, time.Second, 1000)
	var count atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 1000 {
				count.Add(int64(allowed(l, numbered(i%4), lim, 0, 1)))
			}
		})
	}
	group.Wait()
	if got := count.Load(); got != 4*1000 {
		t.Errorf("%d, want the bursts of 4 clients", got)
	}
}

func TestLimitRanges(t *testing.T) {
	f := func(requests int, per time.Duration, burst int, want string) {
		t.Helper()
		_, err := NewLimit(requests, per, burst)
		if got := ""; err != nil {
			got = err.Error()
			if want == "" || !strings.Contains(got, want) {
				t.Errorf("%d per %v, %d: %v, want %q", requests, per, burst, err, want)
			}
		} else if want != "" {
			t.Errorf("%d per %v, %d: taken, want %q", requests, per, burst, want)
		}
	}
	f(1, time.Hour, 25, "")
	f(1_000_000_000, time.Second, 1<<40, "")
	f(0, time.Second, 1, "at least one an hour")
	f(-1, time.Second, 1, "at least one an hour")
	f(1, 0, 1, "at least one an hour")
	f(1, -time.Second, 1, "at least one an hour")
	f(1, time.Hour+1, 1, "at least one an hour")
	f(2, 1, 1, "at least one an hour")
	f(1, time.Second, 0, "want at least 1")
	f(1, time.Second, -1, "want at least 1")
	f(1, time.Hour, 26, "at most 25")
	f(1, time.Second, 1<<62, "at most 86401")
	for _, n := range []int{-1, 0, 1<<24 + 1} {
		if _, err := NewLimiter(n); err == nil {
			t.Errorf("a table of %d is made", n)
		}
	}
	for n, want := range map[int]int{1: 1, ways: 1, ways + 1: 2, DefaultMaxClients: DefaultMaxClients / ways} {
		if got := len(limiter(t, n).sets); got != want {
			t.Errorf("%d clients: %d sets, want %d", n, got, want)
		}
	}
}
