package wire

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/catalog/sqlite"
	"headwater/ingest/storage"
)

// controlPlane is what changes the library. It needs the catalogue and a disk that can be written to; viewers need
// neither.
type controlPlane struct {
	catalog   *sqlite.Catalog
	store     objects
	scratch   *ingest.Scratch
	publisher *ingest.Publisher
	ingester  *ingest.Ingester
}

// openControlPlane opens the catalogue of the data folder, which it makes where it is missing. close ends it.
func (s *System) openControlPlane(ctx context.Context) (*controlPlane, error) {
	c := &controlPlane{store: s.store}
	if err := s.joinControlPlane(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: %w", s.cfg.Data, err), c.close())
	}
	return c, nil
}

func (s *System) joinControlPlane(ctx context.Context, c *controlPlane) (err error) {
	if c.catalog, err = sqlite.Open(ctx, filepath.Join(s.cfg.Data, catalogName), time.Now); err != nil {
		return err
	}
	if c.scratch, err = ingest.OpenScratch(filepath.Join(s.cfg.Data, scratchName)); err != nil {
		return err
	}
	c.publisher = ingest.NewPublisher(s.store, c.catalog, s.log)
	c.ingester, err = ingest.NewIngester(s.cfg.Ingest, c.catalog, s.store, c.scratch, c.publisher, s.log)
	return err
}

// close lets go of the catalogue. It waits for queries under way; later ones fail.
func (c *controlPlane) close() error {
	if c.catalog == nil {
		return nil
	}
	return c.catalog.Close()
}

// withControlPlane runs the work of a command.
func (s *System) withControlPlane(ctx context.Context, work func(*controlPlane) error) error {
	c, err := s.openControlPlane(ctx)
	if err != nil {
		return err
	}
	return errors.Join(work(c), c.close())
}

// reconcile does what dead processes left undone. It goes on after an error and returns all of them.
func (c *controlPlane) reconcile(ctx context.Context) error {
	return errors.Join(c.store.Clean(), c.publisher.Reconcile(ctx, c.scratch))
}

// lost reports whether the catalogue is new although something was published: another one must have been here.
func (c *controlPlane) lost(ctx context.Context) (bool, error) {
	for _, state := range []catalog.AssetState{"", catalog.Deleted} {
		assets, err := c.catalog.Assets(ctx, catalog.AssetFilter{State: state, Limit: 1})
		if err != nil || len(assets) > 0 {
			return false, err
		}
	}
	_, err := c.store.Stat(ctx, ingest.FeedHeadKey)
	if errors.Is(err, storage.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
