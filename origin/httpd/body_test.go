package httpd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"

	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// lent counts the loans that have not ended.
type lent struct{ open atomic.Int64 }

func (l *lent) Release() {
	if l.open.Add(-1) < 0 {
		panic("released twice")
	}
}

// lentFile lends a file.
type lentFile struct {
	lent
	file  *os.File
	short atomic.Int64
}

func (l *lentFile) Fd() int { return int(l.file.Fd()) }
func (l *lentFile) Short()  { l.short.Add(1) }

func randomBytes(n int) []byte {
	random := mathrand.New(mathrand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func newLentFile(t *testing.T, content []byte) *lentFile {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return &lentFile{file: file}
}

// bodies serves content from memory and from a file, whole and in part.
func bodies(t *testing.T, content []byte) (pages, *lent, *lentFile) {
	t.Helper()
	memory, file := &lent{}, newLentFile(t, content)
	return pages{
		"/memory": func(_ context.Context, x *Exchange) {
			memory.open.Add(1)
			x.Head(200)
			x.SendMemory(content, memory)
		},
		"/file": func(_ context.Context, x *Exchange) {
			file.open.Add(1)
			x.Head(200)
			x.SendFile(file, 0, int64(len(content)))
		},
		"/part": func(_ context.Context, x *Exchange) {
			file.open.Add(1)
			x.Head(200)
			x.SendFile(file, 1, int64(len(content))-2)
		},
		"/plain": hello,
	}, memory, file
}

// checkReturned waits until every loan has ended, which is after the client has its bytes.
func checkReturned(t *testing.T, loans ...*lent) {
	t.Helper()
	for _, l := range loans {
		for deadline := time.Now().Add(10 * time.Second); l.open.Load() != 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d loans have not ended", l.open.Load())
			}
		}
	}
}

// writeCertificate makes a certificate for 127.0.0.1 that lasts for a while and returns its files and the pool that
// trusts it.
func writeCertificate(t *testing.T, dir string, lasts time.Duration) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(lasts), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pool = x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(leaf)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), pool
}

// dialers returns a way to connect in plain text and one over TLS, to servers with the same pages.
func dialers(t *testing.T, p pages) map[string]func() net.Conn {
	t.Helper()
	return dialersWith(t, p, func(*Config) {})
}

func dialersWith(t *testing.T, p pages, change func(*Config)) map[string]func() net.Conn {
	t.Helper()
	plain := start(t, p, change)
	certFile, keyFile, pool := writeCertificate(t, t.TempDir(), time.Hour)
	secure := start(t, p, func(c *Config) {
		change(c)
		c.CertificateFile, c.KeyFile = certFile, keyFile
	})
	return map[string]func() net.Conn{
		"plain": func() net.Conn { return plain.dial(t) },
		"tls": func() net.Conn {
			conn, err := tls.Dial("tcp", secure.address, &tls.Config{RootCAs: pool})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			return conn
		},
	}
}

func TestBody_KeepAliveAndPipelining(t *testing.T) {
	for _, size := range []int{1, 100, 5000, 70_000, 3 << 20} {
		content := randomBytes(size)
		p, memory, file := bodies(t, content)
		for name, dial := range dialers(t, p) {
			conn := dial()
			reader := bufio.NewReader(conn)
			paths := []string{"/memory", "/file", "/plain", "/file", "/memory"}
			var pipelined strings.Builder
			for _, path := range paths {
				pipelined.WriteString(get(path))
			}
			io.WriteString(conn, pipelined.String())
			for i, path := range append(paths, paths...) {
				want := string(content)
				if path == "/plain" {
					want = "hello"
				}
				response, body := receive(t, reader)
				if response.StatusCode != 200 || body != want || response.ContentLength != int64(len(want)) {
					t.Fatalf("%s: %s of %d bytes: %s, %d bytes", name, path, size, response.Status, len(body))
				}
				if i >= len(paths)-1 && i < 2*len(paths)-1 { // those of the second half one by one
					io.WriteString(conn, get(paths[(i+1)%len(paths)]))
				}
			}
		}
		checkReturned(t, memory, &file.lent)
	}
}

func TestBody_PartOfFile(t *testing.T) {
	content := randomBytes(300_000)
	p, _, file := bodies(t, content)
	for name, dial := range dialers(t, p) {
		conn := dial()
		io.WriteString(conn, get("/part"))
		if _, body := receive(t, bufio.NewReader(conn)); body != string(content[1:len(content)-1]) {
			t.Errorf("%s: %d bytes", name, len(body))
		}
	}
	checkReturned(t, &file.lent)
}

// TestBody_Head asks for the header alone: the loan ends all the same.
func TestBody_Head(t *testing.T) {
	p, memory, file := bodies(t, randomBytes(100_000))
	for name, dial := range dialers(t, p) {
		conn := dial()
		reader := bufio.NewReader(conn)
		for _, path := range []string{"/memory", "/file"} {
			io.WriteString(conn, "HEAD "+path+" HTTP/1.1\r\nHost: t\r\n\r\n")
			header, err := reader.ReadString('\n')
			for line := header; err == nil && line != "\r\n"; {
				line, err = reader.ReadString('\n')
				header += line
			}
			if err != nil || !strings.Contains(header, "Content-Length: 100000\r\n") {
				t.Errorf("%s %s: %q, %v", name, path, header, err)
			}
		}
		io.WriteString(conn, get("/plain"))
		if _, body := receive(t, reader); body != "hello" {
			t.Errorf("%s: then %q", name, body)
		}
	}
	checkReturned(t, memory, &file.lent)
}

// TestBody_FileCutShort truncates the file under the response: the client gets less than promised and no next answer.
func TestBody_FileCutShort(t *testing.T) {
	content := randomBytes(200_000)
	p, _, file := bodies(t, content)
	dials := dialers(t, p)
	if err := file.file.Truncate(150_000); err != nil {
		t.Fatal(err)
	}
	for name, dial := range dials {
		conn := dial()
		io.WriteString(conn, get("/file"))
		all, _ := io.ReadAll(conn)
		_, body, _ := bytes.Cut(all, []byte("\r\n\r\n"))
		if len(body) > 150_000 || !bytes.HasPrefix(content, body) {
			t.Errorf("%s: %d bytes", name, len(body))
		}
	}
	checkReturned(t, &file.lent)
	if n := file.short.Load(); n != 2 {
		t.Errorf("%d times reported", n)
	}
}

// TestBody_ClientLeaves has clients close in the middle of a body that no socket buffers whole.
func TestBody_ClientLeaves(t *testing.T) {
	p, memory, file := bodies(t, randomBytes(32<<20))
	for _, dial := range dialers(t, p) {
		for _, path := range []string{"/memory", "/file"} {
			conn := dial()
			io.WriteString(conn, get(path))
			if _, err := conn.Read(make([]byte, 10_000)); err != nil {
				t.Fatal(err)
			}
			conn.Close()
		}
	}
	checkReturned(t, memory, &file.lent)
}

// TestBody_SlowReaderGetsAll reads in small steps, so that the socket is full most of the time.
func TestBody_SlowReaderGetsAll(t *testing.T) {
	content := randomBytes(8 << 20)
	p, memory, file := bodies(t, content)
	for name, dial := range dialers(t, p) {
		for _, path := range []string{"/memory", "/file"} {
			conn := dial()
			io.WriteString(conn, get(path))
			response, body := receive(t, bufio.NewReaderSize(slowly{conn}, 1<<20))
			if response.StatusCode != 200 || body != string(content) {
				t.Errorf("%s %s: %s, %d bytes", name, path, response.Status, len(body))
			}
		}
	}
	checkReturned(t, memory, &file.lent)
}

// slowly lets the sender wait between reads.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Reader.Read(p)
}

// TestBody_PanicEndsTheLoan panics after the body was set.
func TestBody_PanicEndsTheLoan(t *testing.T) {
	memory := &lent{}
	r := start(t, pages{"/": func(_ context.Context, x *Exchange) {
		memory.open.Add(1)
		x.Head(200)
		x.SendMemory([]byte("never sent"), memory)
		panic("boom")
	}, "/plain": hello}, nil)
	conn := r.dial(t)
	reader := bufio.NewReader(conn)
	for range 2 {
		io.WriteString(conn, get("/"))
		if response, body := receive(t, reader); response.StatusCode != 500 || body != "failed\n" {
			t.Errorf("%s %q", response.Status, body)
		}
	}
	io.WriteString(conn, get("/plain"))
	if _, body := receive(t, reader); body != "hello" {
		t.Errorf("then %q", body)
	}
	checkReturned(t, memory)
}

func TestExchange_WithoutConnection(t *testing.T) {
	memory := &lent{}
	memory.open.Add(1)
	var x Exchange
	x.Head(200).Field("Name", "value")
	x.SendMemory([]byte("body"), memory)
	var out strings.Builder
	if _, err := x.WriteTo(&out); err != nil || !strings.HasSuffix(out.String(), "Content-Length: 4\r\n\r\nbody") ||
		!strings.HasPrefix(out.String(), "HTTP/1.1 200 OK\r\n") || !strings.Contains(out.String(), "\r\nName: value\r\n") || x.Status() != 200 {
		t.Errorf("%q, %v", out.String(), err)
	}
	checkReturned(t, memory)
}
