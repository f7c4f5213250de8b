package main

import (
	"testing"

	"headwater/auth"
	"headwater/cmd/internal/config"
)

func TestViewerBase(t *testing.T) {
	rules := auth.Rules{Projects: []auth.Project{
		{Name: "default", Domains: []string{"ignored.example"}},
		{Name: "shop", Domains: []string{"*.shop.example", "video.shop.example", "other.example"}},
		{Name: "six", Domains: []string{"[2001:db8::1]"}},
		{Name: "wild", Domains: []string{"*.wild.example"}},
	}}
	f := func(public, listen, project, want string) {
		t.Helper()
		cfg := config.NewDefaultConfig()
		cfg.PublicURL, cfg.Listen = public, listen
		if got := viewerBase(&cfg, rules, project); got != want {
			t.Errorf("public URL %q, listen %s, project %q: got %q, want %q", public, listen, project, got, want)
		}
	}
	f("https://video.example.com/vod", ":80", "", "https://video.example.com/vod")
	f("https://video.example.com/vod", ":80", "shop", "https://video.shop.example/vod")
	f("https://video.example.com:444", ":80", "shop", "https://video.shop.example:444")
	f("", ":8080", "", "http://127.0.0.1:8080")
	f("", "10.1.2.3:8080", "", "http://10.1.2.3:8080")
	f("", ":8080", "shop", "http://video.shop.example:8080")
	f("", ":8080", "six", "http://[2001:db8::1]:8080")
	f("https://video.example.com", ":80", "six", "https://[2001:db8::1]")
	f("https://video.example.com", ":80", "wild", "")
	f("https://video.example.com", ":80", "unknown", "")
}

func TestOriginURL(t *testing.T) {
	f := func(public, viewerURL, want string) {
		t.Helper()
		cfg := config.NewDefaultConfig()
		cfg.PublicURL = public
		if got := originURL(&cfg, viewerURL); got != want {
			t.Errorf("public URL %q: %s: got %s, want %s", public, viewerURL, got, want)
		}
	}
	f("", "https://a.example/v/x", "https://a.example/v/x")
	f("https://a.example/vod", "https://a.example/vod/v/x?token=y", "https://a.example/v/x?token=y")
	f("https://a.example/vod", "https://b.example/vod/v/x", "https://b.example/vod/v/x")
	f("https://a.example/vod", "https://a.example/vodka/v/x", "https://a.example/vodka/v/x")
	f("https://a.example/vod", "/v/x", "/v/x")
}
