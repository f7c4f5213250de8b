package wire

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"headwater/cmd/internal/config"
	"headwater/ingest/storage"
	"headwater/ingest/storage/local"
)

// System is the joined program on one data folder. Safe for concurrent use, also by several processes on one folder.
type System struct {
	cfg     *config.Config
	log     *zap.Logger
	version string
	store   objects
	upkeep  *upkeep
}

// objects is a store that a System owns.
type objects interface {
	storage.Store
	// Clean removes what interrupted writers left.
	Clean() error
	Close() error
}

// Names in the data folder.
const (
	catalogName = "catalog.db"
	objectsName = "objects"
	scratchName = "scratch"
)

// Open joins the system on the data folder of cfg, which it makes where it is missing. It opens storage and nothing else:
// the catalogue is opened by what needs it. version names the build. Close ends it.
func Open(cfg *config.Config, version string, log *zap.Logger) (*System, error) {
	store, err := openStore(cfg.Data)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", cfg.Data, err)
	}
	return newSystem(cfg, version, log, store), nil
}

func openStore(data string) (*local.Store, error) {
	// ffmpeg may run as another user and must reach its source in the scratch folder; what is private inside has modes
	// of its own.
	if err := os.MkdirAll(data, 0o711); err != nil {
		return nil, err
	}
	return local.Open(filepath.Join(data, objectsName))
}

func newSystem(cfg *config.Config, version string, log *zap.Logger, store objects) *System {
	s := &System{cfg: cfg, log: log, version: version, store: store}
	s.upkeep = newUpkeep(s.openControlPlane, log)
	return s
}

// Close lets go of the data folder. No call may be running.
func (s *System) Close() error { return errors.Join(s.upkeep.close(), s.store.Close()) }
