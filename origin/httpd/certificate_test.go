package httpd

import (
	"bufio"
	"crypto/tls"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

func TestCertificate_FollowsItsFiles(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, _ := writeCertificate(t, dir, time.Hour)
	c, err := loadCertificate(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	first := c.expires()
	if changed, err := c.reload(); changed || err != nil {
		t.Errorf("unchanged: %t, %v", changed, err)
	}
	writeCertificate(t, dir, 48*time.Hour)
	later := time.Now().Add(time.Minute)
	os.Chtimes(certFile, later, later)
	if changed, err := c.reload(); !changed || err != nil || !c.expires().After(first) {
		t.Errorf("renewed: %t, %v, expires %s", changed, err, c.expires())
	}
	second := c.expires()
	if err := os.WriteFile(certFile, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is said again until somebody mends it
		if changed, err := c.reload(); !changed || err == nil || c.expires() != second {
			t.Errorf("damaged: %t, %v, expires %s", changed, err, c.expires())
		}
	}
}

func TestServer_RefusesABadCertificate(t *testing.T) {
	cfg := NewDefaultConfig()
	cfg.CertificateFile, cfg.KeyFile = "/none/cert.pem", "/none/key.pem"
	if _, err := New(cfg, pages{}, func(*Record) {}, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "/none/cert.pem") {
		t.Errorf("got %v", err)
	}
	cfg.KeyFile = ""
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "both or neither") {
		t.Errorf("got %v", err)
	}
}

func TestServer_TLS(t *testing.T) {
	certFile, keyFile, pool := writeCertificate(t, t.TempDir(), time.Hour)
	r := start(t, pages{"/": hello}, func(c *Config) {
		c.CertificateFile, c.KeyFile, c.MaxConnections = certFile, keyFile, 1
	})
	if expires := r.Stats().CertificateExpires; time.Until(expires) > time.Hour || time.Until(expires) < 0 {
		t.Errorf("expires %s", expires)
	}
	if _, err := tls.Dial("tcp", r.address, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	for r.Stats().Connections != 0 {
		time.Sleep(time.Millisecond)
	}
	conn, err := tls.Dial("tcp", r.address, &tls.Config{RootCAs: pool, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if state := conn.ConnectionState(); state.Version != tls.VersionTLS13 || state.NegotiatedProtocol != "http/1.1" {
		t.Errorf("version %x, %q", state.Version, state.NegotiatedProtocol)
	}
	io.WriteString(conn, get("/"))
	if response, body := receive(t, bufio.NewReader(conn)); response.StatusCode != 200 || body != "hello" {
		t.Errorf("%s %q", response.Status, body)
	}
	if rec := r.observed()[0]; rec.ClientIP.String() != "127.0.0.1" {
		t.Errorf("client %s", rec.ClientIP)
	}
	// One more than the cap is closed: it could not read an answer.
	second := r.dial(t)
	if all, _ := io.ReadAll(second); len(all) != 0 {
		t.Errorf("got %q", all)
	}
}

// TestServer_NoTLS sends what is no TLS to a listener that speaks it.
func TestServer_NoTLS(t *testing.T) {
	certFile, keyFile, _ := writeCertificate(t, t.TempDir(), time.Hour)
	r := start(t, pages{"/": hello}, func(c *Config) { c.CertificateFile, c.KeyFile = certFile, keyFile })
	conn := r.dial(t)
	io.WriteString(conn, get("/"))
	all, _ := io.ReadAll(conn)
	if strings.Contains(string(all), "200") || len(r.observed()) != 0 {
		t.Errorf("got %q", all)
	}
}
