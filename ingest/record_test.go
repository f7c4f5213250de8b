package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/ingest/storage/mem"
)

var sampleRecord = ingest.Record{
	Asset: "a1", State: ingest.RecordReady, Generation: 3, Retained: []uint32{2, 1}, Visibility: catalog.Published,
	Updated: time.Date(2026, 11, 23, 8, 34, 0, 123e6, time.UTC),
}

// closedRecord is one that not all may watch at any time.
var closedRecord = ingest.Record{
	Asset: "shop/a1", State: ingest.RecordReady, Generation: 1, Visibility: catalog.Draft, Policy: "members",
	PublishAt: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), ExpireAt: time.Date(2028, 1, 1, 0, 0, 0, 1e6, time.UTC),
	Updated: time.Date(2026, 11, 23, 8, 34, 0, 0, time.UTC),
}

func TestRecordFormat(t *testing.T) {
	f := func(record ingest.Record, want string) {
		t.Helper()
		data, err := ingest.EncodeRecord(record)
		must(t, err)
		if string(data) != want {
			t.Errorf("got %s, want %s", data, want)
		}
		r, err := ingest.DecodeRecord(data)
		if err != nil || !reflect.DeepEqual(r, record) {
			t.Errorf("decoded %+v, %v", r, err)
		}
	}
	f(sampleRecord, `{"version":1,"asset":"a1","state":"ready","generation":3,"retained":[2,1],"visibility":"published",`+
		`"updated":"2026-11-23T08:34:00.123Z"}`)
	f(closedRecord, `{"version":2,"asset":"shop/a1","state":"ready","generation":1,"visibility":"draft",`+
		`"publish_at":"2027-01-01T00:00:00Z","expire_at":"2028-01-01T00:00:00.001Z","policy":"members","updated":"2026-11-23T08:34:00Z"}`)
}

// TestRecordOfAnEarlierProgram holds that a record of before there was a choice is of an asset that all may watch, and
// that an earlier program, which reads version 1, plays no other.
func TestRecordOfAnEarlierProgram(t *testing.T) {
	r, err := ingest.DecodeRecord([]byte(`{"version":1,"asset":"a1","state":"ready","generation":1,"updated":"2026-11-23T08:34:00Z"}`))
	if err != nil || r.Visibility != catalog.Published || !r.PublishAt.IsZero() || !r.ExpireAt.IsZero() || r.Policy != "" {
		t.Errorf("%+v, %v", r, err)
	}
	for name, restrict := range map[string]func(*ingest.Record){
		"draft":    func(r *ingest.Record) { r.Visibility = catalog.Draft },
		"blocked":  func(r *ingest.Record) { r.Visibility = catalog.Blocked },
		"to come":  func(r *ingest.Record) { r.PublishAt = time.Now() },
		"to end":   func(r *ingest.Record) { r.ExpireAt = time.Now() },
		"a policy": func(r *ingest.Record) { r.Policy = "members" },
	} {
		restricted := sampleRecord
		restrict(&restricted)
		data, err := ingest.EncodeRecord(restricted)
		if err != nil || !strings.HasPrefix(string(data), `{"version":2,`) {
			t.Errorf("%s: %s, %v", name, data, err)
		}
	}
}

func TestKeysOfAProject(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want || storage.CheckKey(got) != nil {
			t.Errorf("key %s, want %s", got, want)
		}
	}
	f(ingest.RecordKey("a1"), "assets/a1/record.json")
	f(ingest.RecordKey("shop/a1"), "projects/shop/assets/a1/record.json")
	f(ingest.TrackKey("shop/a1", "v1"), "projects/shop/assets/a1/tracks/v1.mp4")
	f(ingest.DocumentKey("rules"), "shared/rules")
}

func TestDecodeRecordRefuses(t *testing.T) {
	var tooMany []uint32
	for g := uint32(ingest.MaxRetained) + 1; g > 0; g-- {
		tooMany = append(tooMany, g)
	}
	many, err := json.Marshal(tooMany)
	must(t, err)
	for _, text := range []string{
		``, `{}`, `[]`, `null`, `{"version":1}`,
		`{"version":3,"asset":"a1","state":"ready","generation":1}`,
		`{"version":0,"asset":"a1","state":"ready","generation":1}`,
		`{"version":1,"asset":"A","state":"ready","generation":1}`,
		`{"version":1,"asset":"a1/","state":"ready","generation":1}`,
		`{"version":2,"asset":"a1","state":"ready","generation":1,"visibility":""}`,
		`{"version":2,"asset":"a1","state":"ready","generation":1,"visibility":"<b>"}`,
		`{"version":2,"asset":"a1","state":"ready","generation":1,"policy":"../x"}`,
		`{"version":2,"asset":"a1","state":"ready","generation":1,"publish_at":"tomorrow"}`,
		`{"version":2,"asset":"a1","state":"ready","generation":1,"expire_at":"9999-12-31T23:59:59-01:00"}`,
		`{"version":1,"asset":"a1","state":"","generation":1}`,
		`{"version":1,"asset":"a1","state":"ready","generation":0}`,
		`{"version":1,"asset":"a1","state":"ready","generation":-1}`,
		`{"version":1,"asset":"a1","state":"ready","generation":4294967296}`,
		`{"version":1,"asset":"a1","state":"ready","generation":2,"retained":[2]}`,
		`{"version":1,"asset":"a1","state":"ready","generation":2,"retained":[0]}`,
		`{"version":1,"asset":"a1","state":"ready","generation":4,"retained":[1,2]}`,
		`{"version":1,"asset":"a1","state":"ready","generation":1} trailing`,
		fmt.Sprintf(`{"version":1,"asset":"a1","state":"ready","generation":1000,"retained":%s}`, many),
		`{"version":1,"asset":"a1","state":"ready","generation":1}` + strings.Repeat(" ", 20_000),
	} {
		if r, err := ingest.DecodeRecord([]byte(text)); !errors.Is(err, ingest.ErrDamaged) {
			t.Errorf("%.100s: %+v, %v", text, r, err)
		}
	}
}

func TestDecodeRecordOfALaterProgram(t *testing.T) {
	r, err := ingest.DecodeRecord([]byte(`{"version":1,"asset":"a1","state":"paused","generation":1,"visibility":"members","more":{"x":1}}`))
	if err != nil || r.State == ingest.RecordReady || r.Visibility == catalog.Published {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReadRecord(t *testing.T) {
	s := &mem.Store{}
	_, err := ingest.ReadRecord(t.Context(), s, "a1")
	if !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("no record: %v", err)
	}
	data, err := ingest.EncodeRecord(sampleRecord)
	must(t, err)
	must(t, put(t.Context(), s, ingest.RecordKey("a2"), string(data)))
	_, err = ingest.ReadRecord(t.Context(), s, "a2")
	if !errors.Is(err, ingest.ErrDamaged) || !strings.Contains(err.Error(), "assets/a2/record.json") {
		t.Errorf("record of another asset: %v", err)
	}
	must(t, put(t.Context(), s, ingest.RecordKey("a1"), string(data)+strings.Repeat(" ", 1<<20)))
	_, err = ingest.ReadRecord(t.Context(), s, "a1")
	if !errors.Is(err, ingest.ErrDamaged) {
		t.Errorf("huge record: %v", err)
	}
}

// FuzzDecodeRecord holds that what is accepted is written and read again unchanged.
func FuzzDecodeRecord(f *testing.F) {
	for _, record := range []ingest.Record{sampleRecord, closedRecord} {
		data, err := ingest.EncodeRecord(record)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"version":2,"asset":"a1","state":"ready","generation":1,"expire_at":"9999-12-31T23:59:59-01:00"}`))
	f.Add([]byte(`{"version":1,"asset":"a1","state":"blocked","generation":1,"updated":"2026-11-23T08:34:00.5+01:00"}`))
	f.Add([]byte(`{"version":1,"asset":"a1","state":"ready","generation":1,"retained":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ingest.DecodeRecord(data)
		if err != nil {
			return
		}
		written, err := ingest.EncodeRecord(r)
		must(t, err)
		again, err := ingest.DecodeRecord(written)
		if len(r.Retained) == 0 {
			r.Retained = nil // an empty list is not written
		}
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%s: %+v read again as %+v, %v", data, r, again, err)
		}
	})
}
