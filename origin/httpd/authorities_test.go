package httpd

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// authority issues certificates of clients.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key = a.newKey()
	a.cert = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign,
	}, nil, &a.key.PublicKey)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template, parent *x509.Certificate, public *ecdsa.PublicKey) *x509.Certificate {
	a.t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue returns a certificate for a client, which change may spoil.
func (a *authority) issue(commonName string, change func(*x509.Certificate)) *tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: commonName}, NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	key := a.newKey()
	return &tls.Certificate{Certificate: [][]byte{a.sign(template, a.cert, &key.PublicKey).Raw}, PrivateKey: key}
}

func (a *authority) write(path string) string {
	a.t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// demanding is a server that demands certificates.
type demanding struct {
	*running
	roots *x509.CertPool
}

func startDemanding(t *testing.T, caFile string, names ...string) demanding {
	t.Helper()
	certFile, keyFile, pool := writeCertificate(t, t.TempDir(), time.Hour)
	return demanding{start(t, pages{"/": hello}, func(c *Config) {
		c.CertificateFile, c.KeyFile, c.ClientCAFile, c.ClientNames = certFile, keyFile, caFile, names
	}), pool}
}

// ask sends a request with a certificate, or none, and reports whether it was answered, and in a resumed session.
func (d demanding) ask(t *testing.T, config *tls.Config, shown *tls.Certificate) (answered, resumed bool) {
	t.Helper()
	config.RootCAs = d.roots
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if shown == nil {
			return &tls.Certificate{}, nil
		}
		return shown, nil
	}
	conn, err := tls.Dial("tcp", d.address, config)
	if err != nil {
		return false, false
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, get("/")); err != nil {
		return false, false
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(line, "HTTP/1.1 200"), conn.ConnectionState().DidResume
}

// TestServer_ClientCertificate serves those who show a certificate of the authority with one of the names.
func TestServer_ClientCertificate(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	caFile := ours.write(filepath.Join(t.TempDir(), "ca.pem"))
	open, named := startDemanding(t, caFile), startDemanding(t, caFile, "cdn.example", "Edge")
	cdn := func(c *x509.Certificate) { c.DNSNames = []string{"www.example", "CDN.example"} }
	refused := map[*running]uint64{}
	f := func(d demanding, what string, shown *tls.Certificate, want bool) {
		t.Helper()
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			if got, _ := d.ask(t, &tls.Config{MinVersion: version, MaxVersion: version}, shown); got != want {
				t.Errorf("%s, TLS %x: %t, want %t", what, version, got, want)
			}
			if !want {
				refused[d.running]++
			}
		}
	}
	for _, d := range []demanding{open, named} {
		f(d, "none", nil, false)
		f(d, "of somebody else", others.issue("edge", cdn), false)
		f(d, "expired", ours.issue("edge", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), false)
		f(d, "of a server", ours.issue("edge", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), false)
		f(d, "common name", ours.issue("edge", nil), true)
		f(d, "DNS name", ours.issue("", cdn), true)
	}
	f(open, "another name", ours.issue("somebody", nil), true)
	f(named, "another name", ours.issue("somebody", nil), false)
	f(named, "no name", ours.issue("", nil), false)
	f(named, "a wider name", ours.issue("a.cdn.example", func(c *x509.Certificate) { c.DNSNames = []string{"*.example"} }), false)
	for r, want := range refused {
		r.awaitStats(t, "refused", func(s Stats) bool { return s.Connections == 0 && s.Unsecured == want })
		if n := len(r.observed()); n != 2*2 && n != 2*3 {
			t.Errorf("%d requests", n)
		}
	}
}

// TestServer_ClientAuthoritiesFollowTheirFile holds also resumed sessions to the file as it is now.
func TestServer_ClientAuthoritiesFollowTheirFile(t *testing.T) {
	old, fresh := newAuthority(t), newAuthority(t)
	caFile := old.write(filepath.Join(t.TempDir(), "ca.pem"))
	d := startDemanding(t, caFile)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := &tls.Config{MinVersion: version, MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		first, second := old.issue("cdn", nil), fresh.issue("cdn", nil)
		f := func(shown *tls.Certificate, wantAnswer, wantResumed bool) {
			t.Helper()
			if answered, resumed := d.ask(t, config, shown); answered != wantAnswer || resumed != wantResumed {
				t.Errorf("TLS %x: answered %t, resumed %t", version, answered, resumed)
			}
		}
		replace := func(a *authority) {
			t.Helper()
			a.write(caFile)
			touch(t, caFile)
			for _, follower := range d.followers {
				follower.follow(zap.NewNop())
			}
		}
		f(first, true, false)
		f(first, true, true)
		replace(fresh)
		f(first, false, false)
		f(second, true, false)
		f(second, true, true)
		replace(old)
	}
}

func TestServer_RefusesBadClientAuthorities(t *testing.T) {
	dir := t.TempDir()
	cfg := NewDefaultConfig()
	cfg.CertificateFile, cfg.KeyFile, _ = writeCertificate(t, dir, time.Hour)
	f := func(file, want string) {
		t.Helper()
		cfg.ClientCAFile = file
		if _, err := New(cfg, pages{}, func(*Record) {}, zap.NewNop()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
	f(filepath.Join(dir, "none.pem"), "none.pem")
	f(cfg.KeyFile, "want at least one certificate in PEM")
}
