package rule

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math/bits"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Limit is how often a client may ask: steadily once an interval, and after a pause a burst at once. The zero Limit lets all
// through.
type Limit struct {
	interval int64 // ns
	slack    int64 // ns by which the last request of a burst is early
}

const (
	maxInterval = time.Hour
	maxSlack    = 24 * time.Hour
)

// NewLimit returns a limit of a number of requests in a time, which may also come as a burst. The time that one of them
// takes is from 1 ns to an hour; the burst is at least 1, and takes at most a day to be earned again.
func NewLimit(requests int, per time.Duration, burst int) (Limit, error) {
	if requests < 1 || per < 1 || per/time.Duration(requests) < 1 || per/time.Duration(requests) > maxInterval {
		return Limit{}, fmt.Errorf("rate limit: %d requests per %v: want at least one an hour and at most one a nanosecond", requests, per)
	}
	interval := int64(per) / int64(requests)
	if burst < 1 {
		return Limit{}, fmt.Errorf("rate limit: a burst of %d: want at least 1, or every request is refused", burst)
	}
	if int64(burst-1) > int64(maxSlack)/interval {
		return Limit{}, fmt.Errorf("rate limit: a burst of %d: want at most %d, what a day allows", burst, int64(maxSlack)/interval+1)
	}
	return Limit{interval: interval, slack: int64(burst-1) * interval}, nil
}

// Limiter counts requests of clients in bounded memory. A client is an IPv4 address, or a /64 of IPv6, since whoever has one
// address there has them all. All methods may be called by many goroutines at once.
//
// A client is remembered while it has a part of its burst to earn again, and forgotten when there are more such clients than
// there is room for: a newcomer takes the place of the one with the least to earn, and takes over that debt, except that
// it may always ask once. So nobody is shut out, and a crowd costs newcomers no more than their burst. To be forgotten at
// its limit a client needs a crowd that has used up its bursts too: about as many addresses as there are places, each
// of which has a right to the same limit anyway. Whoever has that many is not limited by this. What clients have to earn is
// compared as time, so that those of slow limits stay longer: where one limit is a thousand times slower than another and has
// as many clients as there are places, give it a limiter of its own.
//
// This is the virtual scheduling of the generic cell rate algorithm (ITU-T I.371 annex A), which needs one number a client.
type Limiter struct {
	seed maphash.Seed // of this process, so that nobody can tell who shares a set
	sets []set        // a power of two
}

// DefaultMaxClients takes 1 MiB.
const DefaultMaxClients = 1 << 16

// ways are the places of a set. With fewer it would be no rare chance that a few clients fill one.
const ways = 32

// set holds the accounts of the clients that share the lower bits of their hash.
type set struct {
	mu     sync.Mutex
	hashes [ways]uint64 // of a client and its limit
	free   [ways]int64  // when the whole burst is earned, in ns; what lies behind now is nothing to remember
}

// NewLimiter returns a limiter for a number of clients, 1 to 2^24, which is rounded up to 32 times a power of two.
func NewLimiter(maxClients int) (*Limiter, error) {
	if maxClients < 1 || maxClients > 1<<24 {
		return nil, errors.New("rate limit: remembered clients: want 1 to 16777216")
	}
	n := 1 << bits.Len(uint((maxClients-1)/ways))
	return &Limiter{seed: maphash.MakeSeed(), sets: make([]set, n)}, nil
}

// Allow reports whether a client may ask now, and if so counts that it does. Now is in nanoseconds from any beginning, not
// negative; should it go back, the client waits no longer than after a burst. Requests under different limits are counted
// apart. It allocates nothing. Clients without an address are one client.
func (l *Limiter) Allow(client netip.Addr, limit Limit, now int64) bool {
	hash := l.hash(client, limit)
	s := &l.sets[hash&uint64(len(l.sets)-1)]
	s.mu.Lock()
	defer s.mu.Unlock()
	most := now + limit.slack // whatever the clock did, or whoever had the place before
	i := slices.Index(s.hashes[:], hash)
	if i >= 0 {
		most += limit.interval
	} else {
		i = s.least()
		s.hashes[i] = hash
	}
	free := min(max(s.free[i], now), most)
	allowed := free <= now+limit.slack
	if allowed {
		free += limit.interval
	}
	s.free[i] = free
	return allowed
}

// least returns the place with the least to earn.
func (s *set) least() int {
	least := 0
	for i, free := range s.free {
		if free < s.free[least] {
			least = i
		}
	}
	return least
}

// hash stands for the client and the limit. Two with the same share an account, of which the chance is 2^-48 for a client
// among 65,536.
func (l *Limiter) hash(client netip.Addr, limit Limit) uint64 {
	var key [32]byte
	client = client.Unmap()
	address := client.As16()
	if client.Is4() {
		copy(key[:16], address[:])
	} else {
		copy(key[:8], address[:])
	}
	binary.LittleEndian.PutUint64(key[16:], uint64(limit.interval))
	binary.LittleEndian.PutUint64(key[24:], uint64(limit.slack))
	return maphash.Bytes(l.seed, key[:])
}
