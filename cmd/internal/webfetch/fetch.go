package webfetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"headwater/packager/lint"
)

// maxBodyBytes bounds one body. A segment of ten seconds at 200 Mbit/s has as much.
const maxBodyBytes = 256 << 20

// Fetch returns a [lint.Fetch] that asks until ctx ends. A range that is not answered as one is an error.
func (c *Client) Fetch(ctx context.Context) lint.Fetch {
	return func(address string, from, to int64) (lint.Response, error) {
		if ctx.Err() != nil {
			return lint.Response{}, fmt.Errorf("%w: interrupted", lint.ErrUnjudged)
		}
		if c.left.Load() <= 0 {
			return lint.Response{}, fmt.Errorf("%w: the limit of bytes in all is reached", lint.ErrUnjudged)
		}
		answer, err := c.get(ctx, address, from, to)
		if err != nil && ctx.Err() != nil {
			return lint.Response{}, fmt.Errorf("%w: interrupted", lint.ErrUnjudged)
		}
		return answer, err
	}
}

func (c *Client) get(ctx context.Context, address string, from, to int64) (lint.Response, error) {
	request, err := c.request(ctx, address)
	if err != nil {
		return lint.Response{}, err
	}
	ranged := from > 0 || to >= 0
	if ranged {
		request.Header.Set("Range", rangeLine(from, to))
	}
	response, err := c.http.Do(request)
	if err != nil {
		return lint.Response{}, tooOld(withoutURL(err))
	}
	defer response.Body.Close()
	switch {
	case ranged && response.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return lint.Response{}, nil // the resource ends before the range
	case ranged && response.StatusCode == http.StatusOK:
		return lint.Response{}, fmt.Errorf("asked for %s, the server sends all: it does not know ranges", rangeLine(from, to))
	case ranged && (response.StatusCode != http.StatusPartialContent || !begins(response, from)):
		return lint.Response{}, fmt.Errorf("asked for %s: status %s, Content-Range %.60q", rangeLine(from, to), response.Status,
			response.Header.Get("Content-Range"))
	case !ranged && response.StatusCode != http.StatusOK:
		return lint.Response{}, fmt.Errorf("status %s", response.Status)
	}
	body, err := c.readBody(response.Body)
	if err != nil {
		return lint.Response{}, err
	}
	return lint.Response{
		Body: body, ContentType: mediaType(response), URL: final(response),
		Plain: !ranged && !response.Uncompressed, // the transport offers gzip, except for ranges, and undoes it
	}, nil
}

func rangeLine(from, to int64) string {
	line := "bytes=" + strconv.FormatInt(from, 10) + "-"
	if to >= 0 {
		line += strconv.FormatInt(to-1, 10)
	}
	return line
}

// begins reports whether a 206 begins with the byte that was asked for (RFC 9110 §14.4).
func begins(response *http.Response, from int64) bool {
	return strings.HasPrefix(response.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(from, 10)+"-")
}

func (c *Client) readBody(body io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(body, maxBodyBytes+1))
	c.read.Add(int64(len(b)))
	c.left.Add(-int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("after %d bytes: %w", len(b), withoutURL(err))
	}
	if len(b) > maxBodyBytes {
		return nil, fmt.Errorf("%w: more than %d bytes in one body", lint.ErrUnjudged, maxBodyBytes)
	}
	return b, nil
}

// mediaType returns the type without parameters; what stands there where that cannot be read.
func mediaType(response *http.Response) string {
	value := response.Header.Get("Content-Type")
	if parsed, _, err := mime.ParseMediaType(value); err == nil {
		return parsed
	}
	return strconv.Quote(value)
}

// final returns where the body lay behind redirects, and nothing when there was none.
func final(response *http.Response) string {
	if response.Request.Response == nil { // the response that redirected here
		return ""
	}
	return response.Request.URL.String()
}

// withoutURL takes off what net/http puts before each error: findings have the URL already.
func withoutURL(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// tooOld tells where a handshake failed because the server offers no version of TLS that this client takes, 1.2 or later.
// Package crypto/tls has words for that and no type: they are of the alert that servers send, and of the answer of those that
// know nothing of later versions.
func tooOld(err error) error {
	for _, words := range []string{"tls: protocol version not supported", "tls: server selected unsupported protocol version"} {
		if strings.Contains(err.Error(), words) {
			return fmt.Errorf("%w: %w", lint.ErrOldTLS, err)
		}
	}
	return err
}
