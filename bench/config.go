package bench

import (
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"headwater/bench/player"
	"headwater/bench/traffic"
)

// Mode is how load is made.
type Mode string

// The modes.
const (
	// Players are viewers with players: what is asked for, and when, follows from what came.
	Players Mode = "players"
	// Rate sends a constant number of requests a second, whatever comes back (an open loop).
	Rate Mode = "rate"
	// Closed keeps a number of connections busy: each asks again as soon as it has its answer.
	Closed Mode = "closed"
)

// Kind is what the modes Rate and Closed ask for.
type Kind string

// The kinds.
const (
	Segments  Kind = "segment"
	Playlists Kind = "playlist" // HLS media playlists
	Manifests Kind = "manifest"
	Inits     Kind = "init"
)

// Entry is one content of the catalogue.
type Entry struct {
	// URLs are its entry manifests, such as one for HLS and one for DASH; each session takes one by chance.
	URLs []string
}

// NoMetrics as Config.Metrics keeps the test from looking for the origin's metrics.
const NoMetrics = "none"

// Config is a load test.
type Config struct {
	Mode Mode
	// Entries are what is asked for, by falling popularity; Zipf is the exponent of popularity, 0 for equal.
	Entries []Entry
	Zipf    float64
	// Query is appended to the URLs of entry manifests, such as "token=…".
	Query string
	// Header are lines "Name: value" that go to the hosts of the entry manifests.
	Header []string
	// Insecure accepts any certificate.
	Insecure bool
	// Seed decides everything that is left to chance.
	Seed uint64
	// WarmUp comes before Duration, which is measured.
	WarmUp, Duration time.Duration
	// Timeout bounds one request.
	Timeout time.Duration
	// Verify is the part of segment bodies that are hashed and compared, 0 to 1.
	Verify float64
	// MaxConnections bounds the connections, and so does the limit of open files: players beyond it are turned away,
	// requests of Rate wait.
	MaxConnections int
	// Metrics is the URL of the origin's Prometheus metrics. Empty looks for them on the next port of an origin on this
	// machine; NoMetrics does not.
	Metrics string

	// Arrivals says how many viewers there are, or how many sessions begin, over time (mode Players). EvenArrivals makes
	// them come at even distances instead of by chance.
	Arrivals     traffic.Curve
	EvenArrivals bool
	// MaxPlayers bounds the sessions that are open at once, PlayerConnections is 1 or 2 for each.
	MaxPlayers, PlayerConnections int
	Player                        player.Config
	Behaviour                     player.Behaviour

	// RequestsPerSecond is the rate of mode Rate, Connections the loops of mode Closed, Kind what both ask for.
	RequestsPerSecond float64
	Connections       int
	Kind              Kind
}

// DefaultArrivals are twenty viewers.
const DefaultArrivals = "0-20 over 5s"

// NewDefaultConfig returns a test of half a minute with twenty players. Entries are missing.
func NewDefaultConfig() Config {
	arrivals, err := traffic.ParseCurve(DefaultArrivals)
	if err != nil {
		panic(err) // a constant
	}
	return Config{
		Mode:              Players,
		Seed:              1,
		WarmUp:            5 * time.Second,
		Duration:          30 * time.Second,
		Timeout:           30 * time.Second,
		Verify:            0.01,
		MaxConnections:    20_000,
		Arrivals:          arrivals,
		MaxPlayers:        10_000,
		PlayerConnections: 2,
		Player:            player.NewDefaultConfig(),
		Behaviour:         player.NewDefaultBehaviour(),
		RequestsPerSecond: 100,
		Connections:       64,
		Kind:              Segments,
	}
}

// Bounds of a test that this package is made for.
const (
	maxDuration    = 7 * 24 * time.Hour
	maxRate        = 1e6
	maxConnections = 1_000_000
	maxEntries     = 1_000_000
)

// Validate reports all settings that make no sense, joined.
func (c Config) Validate() error {
	problems := []error{c.validateEntries(), validateHeader(c.Header), c.Player.Validate()}
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("%s: %v: want %s", name, value, want))
		}
	}
	check(c.Mode == Players || c.Mode == Rate || c.Mode == Closed, "mode", c.Mode, "players, rate or closed")
	check(c.Zipf >= 0 && c.Zipf <= 10, "zipf", c.Zipf, "0 to 10")
	check(c.WarmUp >= 0 && c.WarmUp <= maxDuration, "warm-up", c.WarmUp, "0s to 168h")
	check(c.Duration >= time.Second && c.Duration <= maxDuration, "duration", c.Duration, "1s to 168h")
	check(c.Timeout > 0 && c.Timeout <= time.Hour, "timeout", c.Timeout, "above 0s, at most 1h")
	check(c.Verify >= 0 && c.Verify <= 1, "verify", c.Verify, "0 to 1")
	check(c.MaxConnections >= 1 && c.MaxConnections <= maxConnections, "max-connections", c.MaxConnections, "1 to 1000000")
	check(c.MaxPlayers >= 1 && c.MaxPlayers <= maxConnections, "max-players", c.MaxPlayers, "1 to 1000000")
	check(c.PlayerConnections == 1 || c.PlayerConnections == 2, "player-connections", c.PlayerConnections, "1 or 2")
	check(c.RequestsPerSecond > 0 && c.RequestsPerSecond <= maxRate, "rate", c.RequestsPerSecond, "above 0, at most 1000000")
	check(c.Connections >= 1 && c.Connections <= c.MaxConnections, "connections", c.Connections, "1 to max-connections")
	b := c.Behaviour
	check(b.Complete >= 0 && b.Complete <= 1, "complete", b.Complete, "0 to 1")
	check(b.Watch > 0 || b.Complete == 1, "watch", b.Watch, "a positive duration")
	check(b.SeekEvery >= 0, "seek-every", b.SeekEvery, "0s or more")
	check(b.Think >= 0, "think", b.Think, "0s or more")
	switch c.Kind {
	case Segments, Playlists, Manifests, Inits:
	default:
		check(false, "kind", c.Kind, "segment, playlist, manifest or init")
	}
	return errors.Join(problems...)
}

func (c Config) validateEntries() error {
	if len(c.Entries) == 0 || len(c.Entries) > maxEntries {
		return fmt.Errorf("%d entry manifests: want 1 to %d", len(c.Entries), maxEntries)
	}
	for _, e := range c.Entries {
		if len(e.URLs) == 0 {
			return errors.New("an entry without a URL")
		}
		for _, address := range e.URLs {
			u, err := url.Parse(address)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
				return fmt.Errorf("%.100q: want the URL of a manifest, such as http://host/master.m3u8", address)
			}
		}
	}
	return nil
}

func validateHeader(lines []string) error {
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsAny(name, " \t\r\n\"(),/;<=>?@[]{}") || strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("header %.20q…: want Name: value", line)
		}
	}
	return nil
}

// shards is how many goroutines may record at once without waiting for each other, mostly.
func shards() int { return 2 * runtime.GOMAXPROCS(0) }
