package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/m.m3u8", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("#EXTM3U\n#EXTINF:2,\na\n#EXTINF:2,\nb\n#EXTINF:2,\na\n#EXT-X-ENDLIST\n"))
	})
	mux.HandleFunc("/a", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(strings.Repeat("a", 100000))) })
	mux.HandleFunc("/b", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(strings.Repeat("b", 50000))) })
	s := httptest.NewServer(mux)
	defer s.Close()
	for _, mode := range []Mode{Players, Rate, Closed} {
		cfg := NewDefaultConfig()
		cfg.Mode = mode
		cfg.Entries = []Entry{{URLs: []string{s.URL + "/m.m3u8"}}}
		cfg.WarmUp, cfg.Duration = time.Second, 3*time.Second
		rep, err := Run(context.Background(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.MarshalIndent(rep, "", " ")
		t.Logf("%s", text)
	}
}
