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
	return answerTo(request, http.StatusOK)
}

// fetchRange fetches the bytes of an entry of the playlist that lies at list.
func fetchRange(ctx context.Context, list string, entry iframe) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, list, nil)
	if err != nil {
		return nil, err
	}
	if request.URL, err = request.URL.Parse(entry.uri); err != nil {
		return nil, err
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", entry.offset, entry.offset+entry.size-1))
	answer, err := answerTo(request, http.StatusPartialContent)
	return answer.Body, err
}

func answerTo(request *http.Request, status int) (lint.Response, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return lint.Response{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return lint.Response{}, err
	}
	if response.StatusCode != status {
		return lint.Response{}, fmt.Errorf("%s: %s", request.URL, response.Status)
	}
	contentType, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	return lint.Response{Body: body, ContentType: contentType}, err
}

// lint checks every rule on the manifests of every format, and on all that they name.
func (r *row) lint(ctx context.Context, s *server, p *packager.Presentation) {
	manifest := func(options string, kind packager.ResourceKind) string {
		return s.urlWith(p.Asset, options, packager.Resource{Kind: kind})
	}
	r.judge(ctx, manifest("", packager.HLSMaster), manifest("", packager.DASHManifest))
	r.judge(ctx, manifest("template=duration", packager.DASHManifest))
	r.judge(ctx, manifest("", packager.ByteRangeMaster))
	r.judge(ctx, manifest("", packager.OnDemandManifest))
	if carriesTransport(p) {
		r.judge(ctx, manifest("", packager.TSMaster))
		r.judge(ctx, manifest("audio=separate", packager.TSMaster))
	}
}

// judge reports what is found in manifests of one presentation, and what cannot be judged in what we make ourselves.
func (r *row) judge(ctx context.Context, manifests ...string) {
	verdict, err := lint.Judge(manifests, lint.Whole(func(url string) (lint.Response, error) { return fetch(ctx, url) }), lint.Options{})
	if err != nil {
		r.problem("lint: %v", err)
	}
	for _, finding := range verdict.Findings {
		if finding.Encoded { // pictures are copied where they suit, key frames and all
			r.noteOnce("advice: %s", finding.Rule)
			continue
		}
		r.problem("lint: %s", finding)
	}
	for _, unjudged := range verdict.Unjudged {
		r.problem("lint: not judged: %s: %s", unjudged.Where, unjudged.Why)
	}
	r.judged += verdict.Fetched
}

// carriesTransport reports whether there is anything to deliver as transport streams of every kind that p has.
func carriesTransport(p *packager.Presentation) bool {
	return packager.Options{}.Check(p, packager.HLSTS) == nil
}
