package mem_test

import (
	"testing"

	"headwater/ingest/storage"
	"headwater/ingest/storage/mem"
	"headwater/ingest/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store { return &mem.Store{} })
}

func TestFaultyWithoutFault(t *testing.T) {
	storagetest.Run(t, func(*testing.T) storage.Store {
		return storagetest.Faulty{Store: &mem.Store{}, Fuse: &storagetest.Fuse{}}
	})
}
