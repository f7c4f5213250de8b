package rule

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// everything is one of each rule, as a large policy may have them, and a request that all of them allow.
type everything struct {
	referers  *Referers
	addresses *Addresses
	agents    *Agents
	countries *Countries
	limiter   *Limiter
	limit     Limit

	referer, agent string
	client         netip.Addr
	now            int64
}

func newEverything(t testing.TB) *everything {
	t.Helper()
	networks := manyNetworks(rand.New(rand.NewPCG(3, 4)), 10_000)
	deny := make([]string, len(networks))
	for i, n := range networks {
		deny[i] = n.String()
	}
	denied, err := NewAddresses(nil, deny)
	if err != nil {
		t.Fatal(err)
	}
	agents, err := NewAgents(nil, []string{"*curl*", "*wget*", "*python*"}, true)
	if err != nil {
		t.Fatal(err)
	}
	countries, err := NewCountries(openTest(t), []string{"DE", "FR", "GB"}, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	return &everything{
		referers:  referers(t, "example.com *.example.net cdn*.example.org", "bad.example.com", true),
		addresses: denied, agents: agents, countries: countries,
		limiter: limiter(t, DefaultMaxClients), limit: limit(t, 1000, time.Microsecond, 1<<40),
		referer: "https://www.example.com/watch/a-film?from=list",
		agent:   "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		client:  netip.MustParseAddr("2a00:2::1"),
	}
}

func (e *everything) allows() bool {
	e.now += 1000
	return e.referers.Allows(e.referer, "") && e.addresses.Allows(e.client) && e.agents.Allows(e.agent) &&
		e.countries.Allows(e.client) && e.limiter.Allow(e.client, e.limit, e.now)
}

func BenchmarkRules_Check(b *testing.B) {
	e := newEverything(b)
	f := func(name string, allows func() bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !allows() {
					b.Fatal("refused")
				}
			}
		})
	}
	f("all", e.allows)
	f("referer", func() bool { return e.referers.Allows(e.referer, "") })
	f("address", func() bool { return e.addresses.Allows(e.client) })
	f("agent", func() bool { return e.agents.Allows(e.agent) })
	f("country", func() bool { return e.countries.Allows(e.client) })
	f("rate", func() bool {
		e.now += 1000
		return e.limiter.Allow(e.client, e.limit, e.now)
	})
	crowd := 0
	f("rate crowded", func() bool {
		crowd++
		return e.limiter.Allow(numbered(crowd), e.limit, e.now)
	})
}

func BenchmarkRules_CheckParallel(b *testing.B) {
	e := newEverything(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		own := *e
		for pb.Next() {
			if !own.allows() {
				b.Error("refused")
			}
		}
	})
}
