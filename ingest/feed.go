package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
)

// Head says which entries of the change feed are in storage: First to Last, without a gap. An origin remembers the Last
// that it has seen, reads what came after it and refreshes only the assets and documents named. It refreshes everything when the feed
// has gone on without it (First is more than one past what it has seen), when an entry is gone by the time it asks, or
// when Last has fallen, which means another catalogue. A feed without a head has never had an entry.
type Head struct {
	First catalog.Seq `json:"first"`
	Last  catalog.Seq `json:"last"`
}

// feedVersion counts changes of the format of head and entries that an older reader would misunderstand.
const feedVersion = 1

type versionedHead struct {
	Version int `json:"version"`
	Head
}

// feedEntry is the JSON form of a [catalog.Change].
type feedEntry struct {
	Version    int                `json:"version"`
	Seq        catalog.Seq        `json:"seq"`
	Kind       catalog.ChangeKind `json:"kind"`
	Asset      packager.AssetID   `json:"asset,omitempty"`
	Generation uint32             `json:"generation,omitempty"`
	Document   string             `json:"document,omitempty"`
	At         time.Time          `json:"at"`
}

// EncodeHead returns h as the JSON object that [DecodeHead] reads.
func EncodeHead(h Head) ([]byte, error) { return json.Marshal(versionedHead{feedVersion, h}) }

// DecodeHead reads the head of a feed. Safe for bytes from outside; errors wrap [ErrDamaged].
func DecodeHead(data []byte) (Head, error) {
	var h versionedHead
	if err := decodeJSON(data, &h, &h.Version, feedVersion); err != nil {
		return Head{}, fmt.Errorf("feed head: %w", err)
	}
	if h.First == 0 || h.Last < h.First {
		return Head{}, fmt.Errorf("feed head: %w: entries %d to %d", ErrDamaged, h.First, h.Last)
	}
	return h.Head, nil
}

// EncodeChange returns c as the JSON object that [DecodeChange] reads.
func EncodeChange(c catalog.Change) ([]byte, error) {
	return json.Marshal(feedEntry{feedVersion, c.Seq, c.Kind, c.Asset, c.Generation, c.Document, c.At})
}

// valid reports whether e says what has changed, in which way and when.
func (e *feedEntry) valid() bool {
	named := packager.ValidAssetID(string(e.Asset)) && e.Document == "" || e.Asset == "" && packager.ValidID(e.Document)
	return named && e.Seq > 0 && packager.ValidID(string(e.Kind)) && validTime(e.At.UTC())
}

// DecodeChange reads an entry of the feed. A kind that the reader does not know is no error: it refreshes the asset or
// the document all the same. Safe for bytes from outside; errors wrap [ErrDamaged].
func DecodeChange(data []byte) (catalog.Change, error) {
	var e feedEntry
	if err := decodeJSON(data, &e, &e.Version, feedVersion); err != nil {
		return catalog.Change{}, fmt.Errorf("feed entry: %w", err)
	}
	if !e.valid() {
		return catalog.Change{}, fmt.Errorf("feed entry: %w: number %d, %q of asset %q, document %q",
			ErrDamaged, e.Seq, e.Kind, e.Asset, e.Document)
	}
	return catalog.Change{
		Seq: e.Seq, Kind: e.Kind, Asset: e.Asset, Generation: e.Generation, Document: e.Document, At: e.At.UTC(),
	}, nil
}

// ReadHead reads the head of the feed. Errors wrap [storage.ErrNotExist] when there never was a change, [ErrDamaged], or
// what the store returns.
func ReadHead(ctx context.Context, store storage.Store) (Head, error) {
	data, err := readObject(ctx, store, FeedHeadKey, maxJSONBytes)
	if err != nil {
		return Head{}, err
	}
	return DecodeHead(data)
}

// ReadChange reads one entry of the feed. Errors wrap [storage.ErrNotExist] when it is not in storage any more or not
// yet, [ErrDamaged], or what the store returns.
func ReadChange(ctx context.Context, store storage.Store, seq catalog.Seq) (catalog.Change, error) {
	data, err := readObject(ctx, store, ChangeKey(seq), maxJSONBytes)
	if err != nil {
		return catalog.Change{}, err
	}
	c, err := DecodeChange(data)
	if err == nil && c.Seq != seq {
		err = fmt.Errorf("%w: it has number %d", ErrDamaged, c.Seq)
	}
	if err != nil {
		return catalog.Change{}, fmt.Errorf("%s: %w", ChangeKey(seq), err)
	}
	return c, nil
}

// Deliver tells origins of every change in the catalogue that they have not been told of: for each, in order, it writes
// the record of the asset, or the document, and the entry of the feed, and at the end the head. Doing it twice does no
// harm.
//
// A record or document says what the catalogue says at the moment it is written, not what the change said, and only one process at a
// time delivers ([catalog.Catalog].LockDelivery): without that, one that read the catalogue early and wrote late would
// put an older record over a newer one, and nothing would be left to put it right.
func (p *Publisher) Deliver(ctx context.Context) error {
	unlock, err := p.catalog.LockDelivery(ctx)
	if err != nil {
		return fmt.Errorf("deliver changes: %w", err)
	}
	err = p.deliver(ctx)
	if err := errors.Join(err, unlock()); err != nil {
		return fmt.Errorf("deliver changes: %w", err)
	}
	return nil
}

// deliver needs the delivery lock.
func (p *Publisher) deliver(ctx context.Context) error {
	for {
		changes, err := p.catalog.Pending(ctx, deliveryBatch)
		if err != nil || len(changes) == 0 {
			return err
		}
		if err := p.deliverBatch(ctx, changes); err != nil {
			return err
		}
	}
}

// deliveryBatch is how many changes are delivered between two writes of the head.
const deliveryBatch = 100

func (p *Publisher) deliverBatch(ctx context.Context, changes []catalog.Change) error {
	for _, c := range changes {
		if err := p.deliverChange(ctx, c); err != nil {
			return fmt.Errorf("change %d: %w", c.Seq, err)
		}
	}
	last := changes[len(changes)-1].Seq
	if err := p.moveHead(ctx, changes[0].Seq, last); err != nil {
		return err
	}
	return p.catalog.MarkDelivered(ctx, last)
}

// deliverChange writes the record or document before the entry, so that who reads of a change finds it made.
func (p *Publisher) deliverChange(ctx context.Context, c catalog.Change) error {
	write := func() error { return p.writeRecord(ctx, c.Asset) }
	if c.Document != "" {
		write = func() error { return p.writeDocument(ctx, c.Document) }
	}
	if err := write(); err != nil {
		return err
	}
	data, err := EncodeChange(c)
	if err != nil {
		return err
	}
	return p.put(ctx, ChangeKey(c.Seq), data)
}

// put stores an object that is in memory.
func (p *Publisher) put(ctx context.Context, key string, data []byte) error {
	return p.store.Put(ctx, key, bytes.NewReader(data), int64(len(data)))
}

// writeRecord makes the record of an asset say what the catalogue says.
func (p *Publisher) writeRecord(ctx context.Context, id packager.AssetID) error {
	asset, err := p.catalog.Asset(ctx, id)
	if err != nil {
		return err
	}
	generations, err := p.catalog.Generations(ctx, id)
	if err != nil {
		return err
	}
	if asset.State != catalog.Ready || len(generations) == 0 {
		return p.store.Delete(ctx, RecordKey(id))
	}
	r := Record{
		Asset: id, State: RecordReady, Generation: generations[0].Number, Retained: retained(generations),
		Visibility: asset.Visibility, PublishAt: asset.PublishAt, ExpireAt: asset.ExpireAt, Policy: asset.Policy,
		Updated: asset.UpdatedAt,
	}
	data, err := EncodeRecord(r)
	if err != nil {
		return err
	}
	return p.put(ctx, RecordKey(id), data)
}

// retained returns those of the earlier generations that have a track which no newer one has, newest first as generations
// are: players find all other tracks in a newer one. So an index that was replaced because it was damaged (headwater
// reindex) is not read any more.
func retained(generations []catalog.Generation) (numbers []uint32) {
	newer := map[packager.TrackID]bool{}
	for i, g := range generations {
		needed := false
		for _, t := range g.Tracks {
			needed = needed || !newer[t.ID]
			newer[t.ID] = true
		}
		if i > 0 && needed && len(numbers) < MaxRetained {
			numbers = append(numbers, g.Number)
		}
	}
	return numbers
}

// pruneShare is which part of its length the feed may exceed it by before the oldest entries go: to find them, a store
// may have to look at all entries, which should not happen for every change.
const pruneShare = 8

// moveHead announces the entries up to last, of which those from fresh on are new, and removes the oldest when it is time.
func (p *Publisher) moveHead(ctx context.Context, fresh, last catalog.Seq) error {
	before, err := ReadHead(ctx, p.store)
	if errors.Is(err, storage.ErrNotExist) || errors.Is(err, ErrDamaged) {
		before, err = Head{First: fresh}, nil
	}
	if err != nil {
		return err
	}
	head := Head{First: min(before.First, fresh), Last: last}
	if last-head.First >= p.feedLength+p.feedLength/pruneShare {
		head.First = last - p.feedLength + 1
	}
	data, err := EncodeHead(head)
	if err != nil {
		return err
	}
	if err := p.put(ctx, FeedHeadKey, data); err != nil {
		return err
	}
	if head.First == before.First {
		return nil
	}
	return p.pruneFeed(ctx, head.First)
}

// pruneFeed removes the entries before first. It starts from what is in storage rather than from the head before, so
// that nothing stays behind when an earlier pruning was cut short.
func (p *Publisher) pruneFeed(ctx context.Context, first catalog.Seq) error {
	for after := ""; ; {
		entries, err := p.store.List(ctx, feedPrefix, after, storage.MaxList)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Key >= ChangeKey(first) {
				return nil
			}
			if err := p.store.Delete(ctx, e.Key); err != nil {
				return err
			}
			after = e.Key
		}
		if len(entries) < storage.MaxList {
			return nil
		}
	}
}
