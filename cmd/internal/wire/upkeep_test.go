package wire

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"headwater/ingest/catalog"
	"headwater/origin/metrics"
)

// TestUpkeep_Failures tries again with growing pauses, also after a panic, and tells once.
func TestUpkeep_Failures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logged := observer.New(zapcore.InfoLevel)
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		var tries []time.Duration
		u := newUpkeep(func(context.Context) (*controlPlane, error) {
			tries = append(tries, time.Since(began))
			switch len(tries) {
			case 3:
				panic("index out of range")
			case 9:
				cancel()
			}
			return nil, catalog.ErrDamaged
		}, zap.New(core))
		if err := u.health(); err != nil {
			t.Errorf("before the first round: %v", err)
		}
		u.run(ctx)
		const s = time.Second
		if want := []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 31 * s, 63 * s, 123 * s, 183 * s}; !slices.Equal(tries, want) {
			t.Errorf("tried at %v, want %v", tries, want)
		}
		if logged.Len() != 1 || !strings.Contains(logged.All()[0].ContextMap()["todo"].(string), "backup") {
			t.Errorf("logged %v", logged.All())
		}
		if counts := u.stats(); counts.open || counts.done != 0 || counts.failed != 8 {
			t.Errorf("counts %+v", counts)
		}
		if err := u.health(); !errors.Is(err, metrics.ErrDegraded) || !strings.Contains(err.Error(), "backup") {
			t.Errorf("health %v", err)
		}
		if _, err := u.catalog(); !errors.Is(err, catalog.ErrDamaged) {
			t.Errorf("catalogue: %v", err)
		}
		if err := u.close(); err != nil {
			t.Error(err)
		}
	})
}
