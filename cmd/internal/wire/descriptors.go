package wire

import (
	"fmt"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"headwater/cmd/internal/config"
)

// ownDescriptors are what the process has open beside connections, track files and the files of fills: listeners, the catalogue,
// locks, records and indexes being read.
const ownDescriptors = 256

// descriptors returns how many open files the configuration may come to need.
func descriptors(cfg *config.Config) uint64 {
	needed := uint64(cfg.Viewer.MaxConnections) + uint64(cfg.Cache.MaxFills) + ownDescriptors
	if cfg.Origin.Sendfile {
		needed += uint64(cfg.Origin.MaxOpenFiles)
	}
	return needed
}

// warnOfDescriptors logs when the configuration allows more than the limit of open files does. The Go runtime has raised
// the soft limit to the hard one by now, so that only who started the process can do more.
func (s *System) warnOfDescriptors() {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		s.log.Warn("the limit of open files is unknown", zap.Error(err))
		return
	}
	if todo := descriptorAdvice(s.cfg, limit.Cur); todo != "" {
		s.log.Warn("viewer.max_connections is more than the limit of open files has room for: connections above it would wait "+
			"unanswered until others end", zap.Uint64("limit", limit.Cur), zap.Uint64("needed", descriptors(s.cfg)), zap.String("todo", todo))
	}
}

// descriptorAdvice says what to set when the configuration does not fit below the limit; empty when it does.
func descriptorAdvice(cfg *config.Config, limit uint64) string {
	needed := descriptors(cfg)
	if needed <= limit {
		return ""
	}
	text := fmt.Sprintf("set LimitNOFILE=%d in the systemd unit, or run ulimit -n %d before the start", needed, needed)
	if spare := needed - uint64(cfg.Viewer.MaxConnections); limit > spare {
		text += fmt.Sprintf(", or set viewer.max_connections to %d", limit-spare)
	}
	return text
}
