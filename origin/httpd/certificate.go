package httpd

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"
)

// certificate is the server's certificate with its key.
type certificate struct{ *followed[tls.Certificate] }

// loadCertificate reads both files, PEM encoded.
func loadCertificate(certFile, keyFile string) (certificate, error) {
	f, err := newFollowed("certificate", func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("certificate %s with key %s: %w", certFile, keyFile, err)
		}
		return &pair, nil
	}, certFile, keyFile)
	return certificate{f}, err
}

// expires returns when the certificate ends; zero when it does not say.
func (c certificate) expires() time.Time {
	pair := c.current.Load()
	leaf := pair.Leaf
	if leaf == nil && len(pair.Certificate) > 0 {
		leaf, _ = x509.ParseCertificate(pair.Certificate[0]) // LoadX509KeyPair has parsed it
	}
	if leaf == nil {
		return time.Time{}
	}
	return leaf.NotAfter
}

// config is how connections are encrypted. TLS 1.2 is the oldest that players of today need (HLS Authoring
// Specification 12.1). Records have their full size from the first byte on: a viewer of video waits for whole segments,
// and small records cost a system call each.
func (c certificate) config() *tls.Config {
	return &tls.Config{
		GetCertificate:              func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
		MinVersion:                  tls.VersionTLS12,
		NextProtos:                  []string{"http/1.1"},
		DynamicRecordSizingDisabled: true,
	}
}
