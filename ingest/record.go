package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
)

// ErrDamaged says that a record or an entry of the feed is not what this package writes.
var ErrDamaged = errors.New("damaged")

// MaxRetained is the largest number of earlier generations that a record lists. Older ones stay in storage, but no
// player that still runs asks for a track that only they have.
const MaxRetained = 32

// maxJSONBytes bounds what is read of a record or an entry of the feed. The largest that is written has 1 KiB.
const maxJSONBytes = 16 << 10

// Record is what origins know of an asset besides its presentation indexes: which generation plays, and who may have it.
// It derives from the catalogue; an asset of which nothing can play has none.
type Record struct {
	Asset packager.AssetID `json:"asset"`
	State RecordState      `json:"state"`
	// Generation is the current one, at least 1.
	Generation uint32 `json:"generation"`
	// Retained are earlier generations, newest first, with tracks that running players may still ask for and that no newer
	// generation has.
	Retained []uint32 `json:"retained,omitempty"`
	// Visibility, PublishAt, ExpireAt and Policy are those of [catalog.Asset]; zero times and an empty policy are none. A
	// visibility that the reader does not know must not play.
	Visibility catalog.Visibility `json:"visibility"`
	PublishAt  time.Time          `json:"publish_at,omitzero"`
	ExpireAt   time.Time          `json:"expire_at,omitzero"`
	Policy     string             `json:"policy,omitempty"`
	// Updated is when the catalogue entry last changed. UTC.
	Updated time.Time `json:"updated"`
}

// RecordState says what viewers get. An origin serves RecordReady and treats a word that it does not know as an asset
// that does not play.
type RecordState string

// RecordReady says that the current generation plays.
const RecordReady RecordState = "ready"

// Versions of the format. To a reader of the first one every record is of an asset that all may watch.
const (
	openRecord    = 1
	recordVersion = 2
)

// version returns the first version whose readers understand r.
func (r *Record) version() int {
	if r.Visibility == catalog.Published && r.PublishAt.IsZero() && r.ExpireAt.IsZero() && r.Policy == "" {
		return openRecord
	}
	return recordVersion
}

type versionedRecord struct {
	Version int `json:"version"`
	Record
}

// EncodeRecord returns r as the JSON object that [DecodeRecord] reads.
func EncodeRecord(r Record) ([]byte, error) { return json.Marshal(versionedRecord{r.version(), r}) }

// DecodeRecord reads a record of any version up to the present one. Safe for bytes from outside; errors wrap
// [ErrDamaged].
func DecodeRecord(data []byte) (Record, error) {
	r := versionedRecord{Record: Record{Visibility: catalog.Published}} // as records of the first version leave out
	if err := decodeJSON(data, &r, &r.Version, recordVersion); err != nil {
		return Record{}, fmt.Errorf("record: %w", err)
	}
	r.Updated, r.PublishAt, r.ExpireAt = r.Updated.UTC(), r.PublishAt.UTC(), r.ExpireAt.UTC()
	if err := r.validate(); err != nil {
		return Record{}, fmt.Errorf("record: %w: %w", ErrDamaged, err)
	}
	return r.Record, nil
}

func (r *Record) validate() error {
	if !packager.ValidAssetID(string(r.Asset)) || !packager.ValidID(string(r.State)) {
		return fmt.Errorf("asset %q in state %q", r.Asset, r.State)
	}
	if r.Generation == 0 || len(r.Retained) > MaxRetained {
		return fmt.Errorf("generation %d with %d retained", r.Generation, len(r.Retained))
	}
	if !packager.ValidID(string(r.Visibility)) || r.Policy != "" && !packager.ValidID(r.Policy) {
		return fmt.Errorf("visibility %q with policy %q", r.Visibility, r.Policy)
	}
	if !validTime(r.Updated) || !validTime(r.PublishAt) || !validTime(r.ExpireAt) {
		return errors.New("a time out of its range")
	}
	newer := r.Generation
	for _, g := range r.Retained {
		if g == 0 || g >= newer {
			return fmt.Errorf("retained generation %d follows %d", g, newer)
		}
		newer = g
	}
	return nil
}

// validTime reports whether JSON can hold t, which is UTC: text in another zone may name an hour past either end.
func validTime(t time.Time) bool { return t.Year() >= 0 && t.Year() <= 9999 }

// ReadRecord reads the record of an asset. Errors wrap [storage.ErrNotExist] when nothing of the asset can play,
// [ErrDamaged], or what the store returns.
func ReadRecord(ctx context.Context, store storage.Store, asset packager.AssetID) (Record, error) {
	data, err := readObject(ctx, store, RecordKey(asset), maxJSONBytes)
	if err != nil {
		return Record{}, err
	}
	r, err := DecodeRecord(data)
	if err == nil && r.Asset != asset {
		err = fmt.Errorf("%w: it is of asset %s", ErrDamaged, r.Asset)
	}
	if err != nil {
		return Record{}, fmt.Errorf("%s: %w", RecordKey(asset), err)
	}
	return r, nil
}

// readObject reads a small object whole. More than maxBytes are [ErrDamaged].
func readObject(ctx context.Context, store storage.Store, key string, maxBytes int) ([]byte, error) {
	body, err := store.Open(ctx, key, 0, int64(maxBytes)+1)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("%s: %w: longer than %d bytes", key, ErrDamaged, maxBytes)
	}
	return data, nil
}

// decodeJSON reads one JSON object of at most maxJSONBytes into value, whose version field must then be 1 to newest.
func decodeJSON(data []byte, value any, version *int, newest int) error {
	if len(data) > maxJSONBytes {
		return fmt.Errorf("%w: longer than %d bytes", ErrDamaged, maxJSONBytes)
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if *version < 1 || *version > newest {
		return fmt.Errorf("%w: version %d, this program reads 1 to %d", ErrDamaged, *version, newest)
	}
	return nil
}
