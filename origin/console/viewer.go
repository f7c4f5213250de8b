package console

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// viewerBase returns the base URL of the viewer listener as the browser of r reaches it. It fails only for a Host that
// is no host name or address, because what it returns is written into a header of the answer.
func viewerBase(cfg Config, r *http.Request) (*url.URL, error) {
	if cfg.ViewerURL != nil {
		return cfg.ViewerURL, nil
	}
	host, err := hostOf(r.Host)
	if err != nil {
		return nil, err
	}
	scheme := "http"
	if r.TLS != nil || cfg.ViewerTLS {
		scheme = "https" // a page served over TLS may not load plain media
	}
	return &url.URL{Scheme: scheme, Host: net.JoinHostPort(host, strconv.Itoa(cfg.ViewerPort))}, nil
}

// hostOf returns the host of a Host header without its port and without the brackets of an IPv6 address.
func hostOf(header string) (string, error) {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	} else if inner, bracketed := strings.CutPrefix(header, "["); bracketed {
		host = strings.TrimSuffix(inner, "]")
	}
	if !validHostName(host) && net.ParseIP(host) == nil {
		return "", fmt.Errorf("host %q: want a name or an address", header)
	}
	return host, nil
}

// validHostName accepts letters, digits, hyphens, underscores and dots: nothing that has a meaning in a header.
func validHostName(host string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return host != "" && strings.Trim(host, letters) == ""
}
