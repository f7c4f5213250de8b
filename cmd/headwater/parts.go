package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/cmd/internal/wire"
)

// parts is how the commands reach what they work on.
type parts struct {
	// open joins the system on the data folder of cfg, which it makes when it is missing.
	open func(cfg *config.Config, log *zap.Logger) (system, error)
	// inspectFile describes a track file, a presentation index or any media file. It needs no data folder.
	inspectFile func(ctx context.Context, cfg *config.Config, path string) (*report.Inspection, error)
}

// system is the joined program: each command needs one of its small interfaces.
type system interface {
	server
	ingester
	assetInspector
	deleter
	reindexer
	assetKeeper
	ruleKeeper
	keyKeeper
	revoker
	linkKeeper
	// Close ends what open began. The context of open may have ended.
	Close() error
}

// joined are the parts of the real program.
var joined = parts{
	open: func(cfg *config.Config, log *zap.Logger) (system, error) {
		return wire.Open(cfg, buildVersion(), log)
	},
	inspectFile: wire.InspectFile,
}

// withSystem loads the configuration, opens the system, runs work on it and closes it. One-shot commands log only
// warnings, because their results and errors go to the user directly.
func (a *app) withSystem(cmd *cobra.Command, leastLevel zapcore.Level, work func(ctx context.Context, cfg *config.Config, s system) error) error {
	loaded, err := a.load()
	if err != nil {
		return err
	}
	log := newLogger(a.stderr, max(level(loaded.LogLevel), leastLevel))
	s, err := a.parts.open(&loaded.Config, log)
	if err != nil {
		return err
	}
	return errors.Join(work(cmd.Context(), &loaded.Config, s), s.Close())
}

// level returns the zap level of a name that config has checked.
func level(name string) zapcore.Level {
	parsed, err := zapcore.ParseLevel(name)
	if err != nil {
		panic(err) // the table of settings accepts only names of levels
	}
	return parsed
}

// newLogger writes JSON lines to w.
func newLogger(w io.Writer, lowest zapcore.Level) *zap.Logger {
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), zapcore.Lock(zapcore.AddSync(w)), lowest))
}
