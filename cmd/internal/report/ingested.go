package report

import "fmt"

// Ingested is the end of one file's ingest.
type Ingested struct {
	File  string `json:"file"`
	Asset string `json:"asset,omitempty"` // empty when the file was refused before it had an asset
	// Generation is the last one that was published; 0 when none was.
	Generation      uint32  `json:"generation,omitempty"`
	Tracks          int     `json:"tracks,omitempty"`
	DurationSeconds float64 `json:"duration_seconds,omitempty"`
	ElapsedSeconds  float64 `json:"elapsed_seconds"`
	Error           string  `json:"error,omitempty"` // one line; empty on success
}

// String says in one line what became of the file.
func (i Ingested) String() string {
	if i.Error != "" {
		return fmt.Sprintf("%s: %s", Printable(i.File), i.Error)
	}
	return fmt.Sprintf("%s: asset %s, generation %d with %s, %s in %s", Printable(i.File), i.Asset, i.Generation,
		plural(i.Tracks, "track"), formatSeconds(i.DurationSeconds), formatSeconds(i.ElapsedSeconds))
}

// Done is the end of an operation on one asset.
type Done struct {
	Asset string `json:"asset"`
	Error string `json:"error,omitempty"` // one line; empty on success
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
