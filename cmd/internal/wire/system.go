package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"headwater/cmd/internal/config"
	"headwater/ingest"
	"headwater/ingest/catalog/sqlite"
	"headwater/ingest/storage/local"
)

// System is the joined program on one data folder. Safe for concurrent use, also by several processes on one folder.
type System struct {
	cfg       *config.Config
	log       *zap.Logger
	version   string
	catalog   *sqlite.Catalog
	store     *local.Store
	scratch   *ingest.Scratch
	publisher *ingest.Publisher
	ingester  *ingest.Ingester
}

// Names in the data folder.
const (
	catalogName = "catalog.db"
	objectsName = "objects"
	scratchName = "scratch"
)

// Open joins the system on the data folder of cfg, which it makes where it is missing. version names the build. Close
// ends it.
func Open(ctx context.Context, cfg *config.Config, version string, log *zap.Logger) (s *System, err error) {
	s = &System{cfg: cfg, log: log, version: version}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("data folder %s: %w", cfg.Data, err), s.Close())
		}
	}()
	// ffmpeg may run as another user and must reach its source in the scratch folder; what is private inside has modes
	// of its own.
	if err := os.MkdirAll(cfg.Data, 0o711); err != nil {
		return s, err
	}
	if s.store, err = local.Open(filepath.Join(cfg.Data, objectsName)); err != nil {
		return s, err
	}
	if err := s.store.Clean(); err != nil {
		return s, err
	}
	if s.catalog, err = sqlite.Open(ctx, filepath.Join(cfg.Data, catalogName), time.Now); err != nil {
		return s, err
	}
	if s.scratch, err = ingest.OpenScratch(filepath.Join(cfg.Data, scratchName)); err != nil {
		return s, err
	}
	s.publisher = ingest.NewPublisher(s.store, s.catalog, log)
	s.ingester, err = ingest.NewIngester(cfg.Ingest, s.catalog, s.store, s.scratch, s.publisher, log)
	return s, err
}

// Close lets go of the data folder. No call may be running.
func (s *System) Close() error {
	var errs []error
	if s.catalog != nil {
		errs = append(errs, s.catalog.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}
