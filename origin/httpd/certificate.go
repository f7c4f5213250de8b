package httpd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// certificate is the server's certificate with its key. It follows the files that they were read from, so that renewing
// them takes no restart. Safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
	modified          [2]time.Time // of the files, when they were read last; only one goroutine uses it
}

// loadCertificate reads both files, PEM encoded.
func loadCertificate(certFile, keyFile string) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile}
	c.modified = c.times()
	return c, c.load()
}

func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.current.Store(&pair)
	return nil
}

// times returns when the files were modified; zero for one that cannot be asked.
func (c *certificate) times() (times [2]time.Time) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			times[i] = info.ModTime()
		}
	}
	return times
}

// reload reads the files again when they have changed. An error leaves the old certificate in use, and the files are read
// again the next time: they may have been half renewed, or there was no descriptor to read them with.
func (c *certificate) reload() (changed bool, err error) {
	times := c.times()
	if times == c.modified {
		return false, nil
	}
	if err := c.load(); err != nil {
		return true, err
	}
	c.modified = times
	return true, nil
}

// follow reloads every interval until ctx ends.
func (c *certificate) follow(ctx context.Context, interval time.Duration, log *zap.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		switch changed, err := c.reload(); {
		case err != nil:
			log.Error("certificate was not renewed, the old one stays in use: mend the files", zap.Error(err))
		case changed:
			log.Info("certificate renewed", zap.Time("expires", c.expires()))
		}
	}
}

// expires returns when the certificate ends; zero when it does not say.
func (c *certificate) expires() time.Time {
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
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		GetCertificate:              func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
		MinVersion:                  tls.VersionTLS12,
		NextProtos:                  []string{"http/1.1"},
		DynamicRecordSizingDisabled: true,
	}
}
