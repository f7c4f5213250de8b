package httpd

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// errClientName says that a client is certified, but as somebody else.
var errClientName = errors.New("the certificate of the client has none of the names that may connect")

// demandCertificates returns base with the demand that clients show a certificate of one of the authorities in file, and
// with it one of names, if there are any. A session that is resumed is held to the file as it is then.
func demandCertificates(base *tls.Config, file string, names []string) (*followed[tls.Config], error) {
	return newFollowed("client authorities", func() (*tls.Config, error) {
		authorities, err := readAuthorities(file)
		if err != nil {
			return nil, err
		}
		config := base.Clone()
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, authorities
		if len(names) > 0 {
			config.VerifyConnection = func(state tls.ConnectionState) error { return checkName(state.PeerCertificates[0], names) }
		}
		return config, nil
	}, file)
}

// readAuthorities reads the certificates of a PEM file.
func readAuthorities(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("client authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("client authorities %s: want at least one certificate in PEM", file)
	}
	return pool, nil
}

// checkName wants a DNS name or the common name of leaf to be one of names.
func checkName(leaf *x509.Certificate, names []string) error {
	for _, name := range names {
		is := func(other string) bool { return strings.EqualFold(name, other) }
		if is(leaf.Subject.CommonName) || slices.ContainsFunc(leaf.DNSNames, is) {
			return nil
		}
	}
	return errClientName
}
