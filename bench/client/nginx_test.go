package client_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"headwater/bench/client"
)

const nginxConfig = `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {}
http {
	access_log off; sendfile on; default_type video/mp4;
	client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
	gzip on; gzip_types text/plain; gzip_min_length 1; types { text/plain txt; }
	ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.3;
	server { listen %[1]s; listen %[2]s ssl; root .; }
}
`

// nginx serves files from a new folder and returns where, plain and over TLS.
func nginx(t *testing.T, files map[string][]byte) (plain, secure client.Target) {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program = "/usr/sbin/nginx"; exec.Command(program, "-v").Run() != nil {
			t.Skip("there is no nginx: apt-get install nginx-light")
		}
	}
	dir := t.TempDir()
	plain.Address, secure.Address = freeAddress(t), freeAddress(t)
	secure.TLS = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
	cert, key := certificate(t)
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	write(t, filepath.Join(dir, "cert.pem"), cert)
	write(t, filepath.Join(dir, "key.pem"), key)
	write(t, filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, nginxConfig, plain.Address, secure.Address))
	cmd := exec.Command(program, "-p", dir, "-c", "nginx.conf")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("nginx: %v: %s", err, &stderr)
		}
	})
	waitFor(t, secure.Address)
	return plain, secure
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func waitFor(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestDo_nginx reads files of every use, and a body that nginx gzips as it goes, which therefore comes in chunks.
func TestDo_nginx(t *testing.T) {
	body, text := noise(3<<20), bytes.Repeat([]byte("a line of text\n"), 20_000)
	plain, secure := nginx(t, map[string][]byte{"body": body, "text.txt": text})
	for name, target := range map[string]client.Target{"plain": plain, "tls": secure} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, target)
			for _, use := range []client.Use{client.Discard, client.Hash, client.Keep} {
				r := do(t, c, client.Request{Path: "/body", Use: use})
				if r.Status != 200 || r.BodyBytes != int64(len(body)) || r.ContentLength != int64(len(body)) ||
					use == client.Keep && !bytes.Equal(r.Body, body) {
					t.Errorf("use %d: %d, %d bytes", use, r.Status, r.BodyBytes)
				}
				r = do(t, c, client.Request{Path: "/text.txt", Use: use, Header: "Accept-Encoding: gzip\r\n"})
				if r.ContentLength != -1 || string(r.Field("Content-Encoding")) != "gzip" || !c.Reusable() ||
					use == client.Keep && !bytes.Equal(unzip(t, r.Body), text) {
					t.Errorf("use %d: length %d, coding %q", use, r.ContentLength, r.Field("Content-Encoding"))
				}
			}
			if r := do(t, c, client.Request{Path: "/absent"}); r.Status != 404 || !c.Reusable() {
				t.Errorf("absent file: %d", r.Status)
			}
			if r := do(t, c, client.Request{Method: "HEAD", Path: "/body"}); r.BodyBytes != 0 || r.ContentLength != int64(len(body)) {
				t.Errorf("HEAD: length %d, %d bytes", r.ContentLength, r.BodyBytes)
			}
		})
	}
}

func unzip(t *testing.T, body []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
