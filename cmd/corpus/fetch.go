package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"headwater/packager"
	"headwater/packager/lint"
)

// announced waits until the server knows the asset, which another process has just published: origins poll the change
// feed every two seconds, and keep a 404 for as long.
func (s *server) announced(ctx context.Context, asset packager.AssetID) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	url := s.url(asset, packager.Resource{Kind: packager.HLSMaster})
	for {
		_, err := fetch(ctx, url)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server never announced it: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func fetch(ctx context.Context, url string) (lint.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return lint.Response{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return lint.Response{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return lint.Response{}, err
	}
	if response.StatusCode != http.StatusOK {
		return lint.Response{}, fmt.Errorf("%s: %s", url, response.Status)
	}
	contentType, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return lint.Response{Body: body, ContentType: contentType}, err
}

// lint checks every rule on both manifests and on all they name.
func (r *row) lint(ctx context.Context, s *server, p *packager.Presentation) {
	findings := lint.Stream(
		s.url(p.Asset, packager.Resource{Kind: packager.HLSMaster}),
		s.url(p.Asset, packager.Resource{Kind: packager.DASHManifest}),
		lint.Whole(func(url string) (lint.Response, error) { return fetch(ctx, url) }))
	for _, finding := range findings {
		r.problem("lint: %s", finding)
	}
}
