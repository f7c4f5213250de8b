package httpd

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Config bounds a [Server].
type Config struct {
	// MaxConnections is how many connections may be open; one more is answered 503 and closed.
	MaxConnections int
	// MaxHeaderBytes bounds the request line and header fields together. Each request holds a buffer of that size until
	// it has been read.
	MaxHeaderBytes int
	// ReadTimeout bounds reading one request, from its first byte on.
	ReadTimeout time.Duration
	// IdleTimeout bounds waiting for the next request of a connection.
	IdleTimeout time.Duration
	// WriteTimeout bounds writing a response, beside the time that its body needs at MinBytesPerSecond.
	WriteTimeout time.Duration
	// MinBytesPerSecond is the slowest rate at which a viewer may read.
	MinBytesPerSecond int64
	// ShutdownTimeout is how long running answers may take to finish at the end.
	ShutdownTimeout time.Duration
	// CertificateFile and KeyFile are PEM files; with both the listener speaks TLS, with neither it does not. They are read
	// again when they change.
	CertificateFile, KeyFile string
	// TrustedProxies are the networks of proxies whose word about their clients is believed: X-Forwarded-For, and what
	// ProxyProtocol says. IPv4 networks are written as such. None by default: the client is the peer of the connection.
	TrustedProxies []netip.Prefix
	// ProxyProtocol says that each connection of a trusted proxy begins with a header of the PROXY protocol, version 1 or 2.
	// One without is closed. Others are as before. X-Forwarded-For is then believed of a client who is a trusted proxy.
	ProxyProtocol bool
	// PinFile holds secrets, one a line, of which each request must show one in the field PinHeader to be answered
	// otherwise than with 403; without it none is asked for. It is read again when it changes.
	PinHeader, PinFile string
	// ClientCAFile holds the certificates, in PEM, of authorities. With it only clients that show a certificate of one of
	// them get through the TLS handshake; with ClientNames it must also have one of these as a DNS name or common name. It
	// is read again when it changes.
	ClientCAFile string
	ClientNames  []string
	// LogHitsEvery writes one access line for so many cache hits that went well; 1 writes all. Every other request has
	// its line.
	LogHitsEvery int
}

// NewDefaultConfig returns limits that suit viewers behind slow lines and CDNs alike.
func NewDefaultConfig() Config {
	return Config{
		MaxConnections:    32768,
		MaxHeaderBytes:    8 << 10,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       75 * time.Second,
		WriteTimeout:      30 * time.Second,
		MinBytesPerSecond: 16 << 10,
		ShutdownTimeout:   30 * time.Second,
		LogHitsEvery:      1,
		PinHeader:         "X-Origin-Pin",
	}
}

// Validate reports all settings that are out of range, joined.
func (c Config) Validate() error {
	var problems []error
	check := func(ok bool, name string, value any, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("httpd %s: %v: want %s", name, value, want))
		}
	}
	check(c.MaxConnections >= 1, "MaxConnections", c.MaxConnections, "at least 1")
	check(c.MaxHeaderBytes >= 1024 && c.MaxHeaderBytes <= 1<<20, "MaxHeaderBytes", c.MaxHeaderBytes, "1024 to 1048576")
	check(c.ReadTimeout > 0, "ReadTimeout", c.ReadTimeout, "a positive duration")
	check(c.IdleTimeout > 0, "IdleTimeout", c.IdleTimeout, "a positive duration")
	check(c.WriteTimeout > 0, "WriteTimeout", c.WriteTimeout, "a positive duration")
	check(c.MinBytesPerSecond >= 1, "MinBytesPerSecond", c.MinBytesPerSecond, "at least 1")
	check(c.ShutdownTimeout > 0, "ShutdownTimeout", c.ShutdownTimeout, "a positive duration")
	check((c.CertificateFile == "") == (c.KeyFile == ""), "CertificateFile and KeyFile", c.CertificateFile+" and "+c.KeyFile, "both or neither")
	check(c.LogHitsEvery >= 1, "LogHitsEvery", c.LogHitsEvery, "at least 1")
	for _, network := range c.TrustedProxies {
		check(network.IsValid() && !network.Addr().Is4In6(), "TrustedProxies", network, "networks such as 10.0.0.0/8 or 2001:db8::/32")
	}
	check(!c.ProxyProtocol || len(c.TrustedProxies) > 0, "ProxyProtocol", c.ProxyProtocol, "TrustedProxies with it: anybody else could announce any address")
	check(c.PinFile == "" || isToken(c.PinHeader), "PinHeader", c.PinHeader, "the name of a request field such as X-Origin-Pin")
	check(c.ClientCAFile == "" || c.CertificateFile != "", "ClientCAFile", c.ClientCAFile, "CertificateFile and KeyFile with it: clients show certificates over TLS alone")
	check(c.ClientCAFile != "" || len(c.ClientNames) == 0, "ClientNames", c.ClientNames, "ClientCAFile with them")
	return errors.Join(problems...)
}

// isToken reports whether s can be the name of a field (RFC 9110 §5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return invisible(r) || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// patience returns how long sending a body may take.
func (c *Config) patience(bodyBytes int64) time.Duration {
	return c.WriteTimeout + time.Duration(float64(bodyBytes)/float64(c.MinBytesPerSecond)*float64(time.Second))
}
