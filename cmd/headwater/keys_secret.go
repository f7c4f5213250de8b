package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// encoding is how the secret of a key is written.
type encoding string

// The encodings.
const (
	plainText encoding = "text"
	base64URL encoding = "base64url" // as in a JWK (RFC 7518 §6.4.1)
	hexDigits encoding = "hex"
)

const encodingHelp = "how the secret is written: text, base64url or hex; text for --use url, else base64url without it"

// of returns e, or the encoding that secrets for a use have unless another one is named.
func (e encoding) of(use auth.Use) encoding {
	switch {
	case e != "":
		return e
	case use == auth.UseURL:
		return plainText
	default:
		return base64URL
	}
}

// check returns an error unless e is an encoding or empty.
func (e encoding) check(cmd *cobra.Command) error {
	if e != "" && e != plainText && e != base64URL && e != hexDigits {
		return usage(cmd, fmt.Sprintf("--encoding %q: want text, base64url or hex", string(e)))
	}
	return nil
}

func (e encoding) encode(secret []byte) string {
	switch e {
	case base64URL:
		return base64.RawURLEncoding.EncodeToString(secret)
	case hexDigits:
		return hex.EncodeToString(secret)
	default:
		return string(secret)
	}
}

// decode reads a secret. The error does not hold it.
func (e encoding) decode(text []byte) (secret []byte, err error) {
	switch e {
	case base64URL:
		secret, err = base64.RawURLEncoding.Strict().DecodeString(string(bytes.TrimRight(text, "=")))
	case hexDigits:
		secret, err = hex.DecodeString(string(text))
	default:
		return text, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the secret is not written in %s; name another --encoding", e)
	}
	return secret, nil
}

func (a *app) keysShowCommand() *cobra.Command {
	var f keyFlags
	var written encoding
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print the secret of a key, for those who sign with it",
		Long: `Print the secret of a key, for the backend that mints PlayAuths or the CDN that verifies URLs. Who has it can let anybody
watch; keep it as you keep passwords.`,
		Example: "  headwater keys show k3v9q2xw\n  headwater keys show k3v9q2xw --encoding hex",
		Args: func(cmd *cobra.Command, args []string) error {
			return firstError(oneKey(cmd, args), written.check(cmd))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				ring, err := s.Keys(ctx)
				if err != nil {
					return err
				}
				key, err := f.find(ring, args[0])
				if err != nil {
					return err
				}
				return a.printSecret(&key, written.of(key.Use))
			})
		},
	}
	f.add(cmd, "")
	cmd.Flags().StringVar((*string)(&written), "encoding", "", "`NAME`: "+encodingHelp)
	a.addSettings(cmd, "data", "auth.secret")
	return cmd
}

func (a *app) printSecret(k *auth.Key, written encoding) error {
	secret := written.encode(k.Secret)
	if a.json {
		return report.JSON(a.stdout, report.ShownKey{Key: keyRow(k), Encoding: string(written), Secret: secret})
	}
	_, err := fmt.Fprintln(a.stdout, secret)
	return err
}

func (a *app) keysAddCommand() *cobra.Command {
	var f keyFlags
	var written encoding
	force := false
	cmd := &cobra.Command{
		Use:   "add ID FILE",
		Short: "Have a key sign that somebody else has made",
		Long: `Add a key with the secret in FILE, - for standard input, such as one that a CDN or an identity provider has given. It takes the
place of the one that signed, as in "headwater keys rotate". The end of the last line is no part of the secret.`,
		Example: "  headwater keys add cdn-main cdn.secret --use url\n  pass show idp | headwater keys add idp-2026 - --use jwt --encoding text",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 2:
				return usage(cmd, "name the id of the key and the file with its secret")
			case f.use == 0:
				return usage(cmd, "say what the key signs with --use")
			}
			return written.check(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			secret, err := readSecret(args[1], written.of(f.use))
			if err != nil {
				return err
			}
			return a.editKeys(cmd, f.project, func(ring *auth.Keyring) (*auth.Keyring, auth.Key, error) {
				return f.insert(ring, args[0], secret, force)
			})
		},
	}
	f.add(cmd, "`USE`")
	cmd.Flags().StringVar((*string)(&written), "encoding", "", "`NAME`: "+encodingHelp)
	cmd.Flags().BoolVar(&force, "force", false, "drop an earlier key that is still needed")
	a.addSettings(cmd, "data", "auth.secret")
	return cmd
}

func (f *keyFlags) insert(ring *auth.Keyring, id string, secret auth.Secret, force bool) (*auth.Keyring, auth.Key, error) {
	key := auth.Key{Project: f.project, ID: id, Use: f.use, Algorithm: f.use.Algorithm(), Secret: secret}
	ring, err := ring.Add(key, time.Now(), force)
	if err != nil {
		return nil, key, err
	}
	key, err = f.find(ring, id)
	return ring, key, err
}

// maxSecretFile is more than any secret has in any encoding.
const maxSecretFile = 4096

// readSecret reads the secret in a file, - for standard input.
func readSecret(path string, written encoding) (secret []byte, err error) {
	content, err := readOperand(path, maxSecretFile)
	if err != nil {
		return nil, err
	}
	secret, err = written.decode(bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return secret, nil
}

// readOperand reads a file that a command line names, - for standard input.
func readOperand(path string, maxBytes int64) ([]byte, error) {
	in := os.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err == nil && int64(len(content)) > maxBytes {
		err = fmt.Errorf("%s: longer than %d bytes", report.Printable(path), maxBytes)
	}
	return content, err
}
