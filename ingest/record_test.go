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
	"headwater/ingest/storage"
	"headwater/ingest/storage/mem"
)

var sampleRecord = ingest.Record{
	Asset: "a1", State: ingest.RecordReady, Generation: 3, Retained: []uint32{2, 1},
	Updated: time.Date(2026, 11, 23, 8, 34, 0, 123e6, time.UTC),
}

func TestRecordFormat(t *testing.T) {
	data, err := ingest.EncodeRecord(sampleRecord)
	must(t, err)
	want := `{"version":1,"asset":"a1","state":"ready","generation":3,"retained":[2,1],"updated":"2026-11-23T08:34:00.123Z"}`
	if string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	r, err := ingest.DecodeRecord(data)
	if err != nil || !reflect.DeepEqual(r, sampleRecord) {
		t.Errorf("decoded %+v, %v", r, err)
	}
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
		`{"version":2,"asset":"a1","state":"ready","generation":1}`,
		`{"version":0,"asset":"a1","state":"ready","generation":1}`,
		`{"version":1,"asset":"A","state":"ready","generation":1}`,
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
	r, err := ingest.DecodeRecord([]byte(`{"version":1,"asset":"a1","state":"blocked","generation":1,"policy":{"x":1}}`))
	if err != nil || r.State == ingest.RecordReady {
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
	data, err := ingest.EncodeRecord(sampleRecord)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
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
		if err != nil || again.Asset != r.Asset || again.Generation != r.Generation || len(again.Retained) != len(r.Retained) || !again.Updated.Equal(r.Updated) {
			t.Errorf("%s: %+v read again as %+v, %v", data, r, again, err)
		}
	})
}
