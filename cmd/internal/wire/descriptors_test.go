package wire

import (
	"testing"

	"golang.org/x/sys/unix"

	"headwater/cmd/internal/config"
)

func TestDescriptorAdvice(t *testing.T) {
	check := func(cfg *config.Config, limit uint64, want string) {
		t.Helper()
		if got := descriptorAdvice(cfg, limit); got != want {
			t.Errorf("%d connections, %d fills, limit %d: got %q, want %q", cfg.Viewer.MaxConnections, cfg.Cache.MaxFills, limit, got, want)
		}
	}
	f := func(connections, fills int, limit uint64, want string) {
		t.Helper()
		cfg := config.NewDefaultConfig()
		cfg.Viewer.MaxConnections, cfg.Cache.MaxFills, cfg.Origin.Sendfile = connections, fills, false
		check(&cfg, limit, want)
		cfg.Origin.Sendfile, cfg.Origin.MaxOpenFiles = true, fills-1
		cfg.Cache.MaxFills = 1
		check(&cfg, limit, want)
	}
	f(1000, 64, 1320, "")
	f(1000, 64, unix.RLIM_INFINITY, "")
	const unit = "set LimitNOFILE=1320 in the systemd unit, or run ulimit -n 1320 before the start"
	f(1000, 64, 1319, unit+", or set viewer.max_connections to 999")
	f(1000, 64, 321, unit+", or set viewer.max_connections to 1")
	f(1000, 64, 320, unit)
	f(1000, 64, 0, unit)
}

// TestSoftLimitIsRaised holds that the runtime does what descriptors.go relies on. It leaves one below the hard limit, to
// notice when another process changes it.
func TestSoftLimitIsRaised(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < limit.Max-1 {
		t.Errorf("soft limit %d, hard limit %d, %v", limit.Cur, limit.Max, err)
	}
}
