package lint

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// ErrOldTLS is for what could not be fetched because the server speaks no TLS of at least version 1.2: a Fetch wraps it.
var ErrOldTLS = errors.New("the server offers no TLS 1.2 or later")

// checkTransit judges the way of a response, once for each server: plain http is for this machine only.
func (c *client) checkTransit(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || c.plainHosts[u.Host] {
		return
	}
	c.plainHosts[u.Host] = true
	c.unless(isLoopback(u.Hostname()), transportPlain, address, "the server %s is asked over plain http", u.Host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
