package origin

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"headwater/origin/httpd"
)

// listenTLS listens on TCP for TLS, with a certificate that clients do not look at.
func listenTLS(tb testing.TB, viewer *httpd.Config) (net.Listener, func() (net.Conn, error)) {
	tb.Helper()
	viewer.CertificateFile, viewer.KeyFile = writeCertificate(tb)
	ln, dial := listenTCP(tb, viewer)
	return ln, func() (net.Conn, error) {
		conn, err := dial()
		if err != nil {
			return nil, err
		}
		return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}), nil
	}
}

func writeCertificate(tb testing.TB) (certFile, keyFile string) {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(err)
	dir := tb.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	must(os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600))
	must(os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certFile, keyFile
}

// TestHandler_TLS serves the same over TLS: from the cache where there is room, else from the file.
func TestHandler_TLS(t *testing.T) {
	f := largeFilm(t)
	check := func(cacheBytes int64, first, then string) {
		u := newSetup(testConfig())
		u.listen = listenTLS
		u.cache.MaxBytes = cacheBytes
		s := u.serve(t, newStorage(f), writeDisk(t, f))
		whole := f.segment("v720", 1)
		size := len(whole)
		etag := s.do("HEAD", segmentPath).header("ETag")
		request := func(method string, wantStatus int, want []byte, wantCache string, headers ...string) *reply {
			t.Helper()
			r := s.do(method, segmentPath, headers...)
			if rec := s.last(); r.StatusCode != wantStatus || !bytes.Equal(r.body, want) || rec.Cache != wantCache {
				t.Errorf("%s %q: %s, %d bytes, %q (%v), want %q", method, headers, r.Status, len(r.body), rec.Cache, rec.Err, wantCache)
			}
			checkSharing(t, r)
			return r
		}
		request("GET", 200, whole, first)
		request("GET", 200, whole, then)
		if r := request("HEAD", 200, nil, ""); r.header("Content-Length") != fmt.Sprint(size) {
			t.Errorf("HEAD: %v", r.Header)
		}
		request("GET", 304, nil, "", "If-None-Match: "+etag)
		request("GET", 206, whole[1:size-1], then, fmt.Sprintf("Range: bytes=1-%d", size-2))
		request("GET", 206, whole[size-7:], then, "Range: bytes=-7")
		request("GET", 206, whole[:1], then, "Range: bytes=0-0")
		if r := request("GET", 416, []byte("range not satisfiable\n"), "", fmt.Sprintf("Range: bytes=%d-", size)); r.header("Content-Range") != fmt.Sprintf("bytes */%d", size) {
			t.Errorf("%v", r.Header)
		}
		if r := s.do("GET", masterPath, "Accept-Encoding: gzip"); r.StatusCode != 200 || r.header("Content-Encoding") != "gzip" {
			t.Errorf("a manifest: %s %v", r.Status, r.Header)
		}
		if held := s.cache.Stats().HeldBytes; held != 0 {
			t.Errorf("%d bytes are held", held)
		}
	}
	check(128<<20, "miss", "hit")
	check(1<<20, "file", "file")
}

// TestHandler_TLSFileCut truncates the file under a response that has no room in the cache.
func TestHandler_TLSFileCut(t *testing.T) {
	f := largeFilm(t)
	u := newSetup(testConfig())
	u.listen = listenTLS
	u.cache.MaxBytes = 1 << 20
	folder := writeDisk(t, f)
	s := u.serve(t, newStorage(f), folder)
	d := s.begin(segmentPath, 1000)
	whole := f.segment("v720", 1)
	if err := os.Truncate(filepath.Join(string(folder), "v720.mp4"), f.Track("v720").Fragments[0].Offset+int64(len(whole))-1); err != nil {
		t.Fatal(err)
	}
	if got, err := d.rest(); err == nil || !bytes.HasPrefix(whole, got) || len(got) == len(whole) {
		t.Errorf("%d of %d bytes, %v", len(got), len(whole), err)
	}
	if r := s.do("GET", segmentPath); r.StatusCode != 500 || s.handler.Stats().Alerts < 1 {
		t.Errorf("then %s, %+v", r.Status, s.handler.Stats())
	}
}
