// Package webfetch fetches what the linter asks for over HTTP, from any origin.
//
// A [Client] follows redirects as players do, keeps no cookies, sends its extra headers only to the hosts that they were
// given for, and is bounded: each request in time, each body in bytes, and all together in bytes too. It speaks http and
// https and nothing else, whatever a manifest or a redirect names. It is safe for concurrent use.
package webfetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxRedirects is how many redirects of one request are followed.
const maxRedirects = 10

// Config says whom to ask, how, and for how much.
type Config struct {
	// URLs are the manifests. Their hosts are the ones that Header goes to.
	URLs []string
	// Header are lines "Name: value".
	Header []string
	// Insecure accepts any certificate.
	Insecure bool
	// Timeout is how long one request may take, with its body.
	Timeout time.Duration
	// MaxBytes is how many bytes of bodies are read in all; what comes after is not fetched.
	MaxBytes int64
}

// Client fetches over HTTP.
type Client struct {
	http   http.Client
	header http.Header
	hosts  map[string]bool
	left   atomic.Int64
	read   atomic.Int64
}

// New returns a client. The error says what is wrong with the URLs or the header lines.
func New(cfg Config) (*Client, error) {
	c := &Client{header: http.Header{}, hosts: map[string]bool{}}
	c.left.Store(cfg.MaxBytes)
	for _, address := range cfg.URLs {
		u, err := url.Parse(address)
		if err != nil || checkURL(u) != nil {
			return nil, fmt.Errorf("%.200q: want the URL of a manifest, such as http://host/master.m3u8", address)
		}
		c.hosts[u.Host] = true
	}
	for _, line := range cfg.Header {
		name, value, found := strings.Cut(line, ":")
		if !found || strings.TrimSpace(name) == "" || strings.ContainsAny(line, "\r\n") {
			return nil, errors.New(`a header: want "Name: value"`)
		}
		c.header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: cfg.Insecure, MinVersion: tls.VersionTLS12}
	c.http = http.Client{Transport: transport, Timeout: cfg.Timeout, CheckRedirect: c.redirect}
	return c, nil
}

// Close ends the connections that are kept alive.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// BytesRead returns how many bytes of bodies were read so far.
func (c *Client) BytesRead() int64 { return c.read.Load() }

// checkURL refuses what is not on the web: a manifest must not make us read a file.
func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("scheme %.20q of host %.100q: want http or https", u.Scheme, u.Host)
	}
	return nil
}

func (c *Client) redirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if !c.hosts[next.URL.Host] {
		for name := range c.header {
			next.Header.Del(name)
		}
	}
	return checkURL(next.URL)
}

func (c *Client) request(ctx context.Context, address string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("a URL that cannot be read")
	}
	if err := checkURL(request.URL); err != nil {
		return nil, err
	}
	if c.hosts[request.URL.Host] {
		for name, values := range c.header {
			request.Header[name] = values
		}
		if host := c.header.Get("Host"); host != "" {
			request.Host = host
		}
	}
	return request, nil
}
