package wire

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"

	"headwater/auth"
	"headwater/auth/rule"
	"headwater/cmd/internal/config"
	"headwater/ingest"
	"headwater/ingest/storage"
	"headwater/packager"
)

// The shared documents, by name.
const (
	rulesDocument       = "rules"
	keysDocument        = "keys"
	revocationsDocument = "revocations"
)

// ruleKeeper makes the snapshots that the engine decides by: of the shared documents in storage, and of what they name and
// only this machine can have. It is origin.Documents.
type ruleKeeper struct {
	store  storage.Store
	engine *auth.Engine
	cfg    *config.Config
	trust  *trustSets
	log    *zap.Logger

	mu        sync.Mutex // held while a snapshot is made
	documents sharedDocuments
	countries countryFile
	read      bool // documents were read once
}

// sharedDocuments are the documents as they were read last.
type sharedDocuments struct {
	rules       auth.Rules
	keys        *auth.Keyring
	revocations *auth.Revocations
}

func newRuleKeeper(s *System, engine *auth.Engine) *ruleKeeper {
	return &ruleKeeper{
		store: s.store, engine: engine, cfg: s.cfg, trust: newTrustSets(), log: s.log,
		documents: sharedDocuments{keys: &auth.Keyring{}, revocations: &auth.Revocations{}},
	}
}

// Refresh implements origin.Documents. When it fails the engine goes on with the snapshot that it has.
func (k *ruleKeeper) Refresh(ctx context.Context) error {
	documents, err := k.load(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.documents, k.read = documents, true
	k.trust.want(&documents.rules)
	return k.build()
}

// load reads the documents. One that does not exist is an empty one.
func (k *ruleKeeper) load(ctx context.Context) (d sharedDocuments, err error) {
	d.keys, d.revocations = &auth.Keyring{}, &auth.Revocations{}
	err = readDocument(ctx, k.store, rulesDocument, func(body []byte) (err error) {
		d.rules, err = auth.ParseRules(body)
		return err
	})
	if err != nil {
		return d, err
	}
	err = readDocument(ctx, k.store, keysDocument, func(sealed []byte) error {
		master, err := masterSecret(secretFile(k.cfg))
		if err == nil {
			d.keys, err = auth.OpenKeyring(sealed, master)
		}
		return err
	})
	if err != nil {
		return d, err
	}
	return d, readDocument(ctx, k.store, revocationsDocument, func(body []byte) (err error) {
		d.revocations, err = auth.DecodeRevocations(body)
		return err
	})
}

func readDocument(ctx context.Context, store storage.Store, name string, read func([]byte) error) error {
	body, err := ingest.ReadDocument(ctx, store, name)
	if errors.Is(err, storage.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = read(body)
	}
	if err != nil {
		return fmt.Errorf("document %s: %w", name, err)
	}
	return nil
}

// build makes a snapshot and gives it to the engine. The caller holds mu.
func (k *ruleKeeper) build() error {
	locator, err := k.countries.open(k.cfg.CountriesFile)
	if err != nil {
		return err
	}
	snapshot, err := auth.NewSnapshot(k.documents.rules, auth.Sources{
		Keys: k.documents.keys, Revocations: k.documents.revocations, Locator: locator, Sets: k.trust.known(),
	})
	if err != nil {
		return err
	}
	k.engine.Swap(snapshot)
	return nil
}

// watchTokenLife is how long the watch page may take to begin to play.
const watchTokenLife = time.Hour

// watchToken returns a credential by which an operator may watch an asset in whatever state; empty where the project has
// no key that signs one.
func (k *ruleKeeper) watchToken(id packager.AssetID) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	key, ok := k.documents.keys.Signing(id.Project(), auth.UsePlayAuth, now)
	if !ok {
		return ""
	}
	token, err := auth.Mint(key, auth.Claims{
		ID: "watch-" + auth.NewSessionID().String(), Asset: id.Plain(), Draft: true,
		Issued: now, Expires: now.Add(watchTokenLife), Referers: []string{"*"},
	})
	if err != nil {
		k.log.Error("the watch page gets no token", zap.Error(err))
		return ""
	}
	return token
}

// trustInterval is how often what the documents name is looked at: JWK Sets, and the database of countries.
const trustInterval = time.Minute

// run keeps fresh what the documents name, until ctx ends.
func (k *ruleKeeper) run(ctx context.Context) {
	ticker := time.NewTicker(trustInterval)
	defer ticker.Stop()
	for {
		k.renew(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-k.trust.wanted:
		}
	}
}

// renew reads again what the documents name, and makes a snapshot when that has changed.
func (k *ruleKeeper) renew(ctx context.Context) {
	changed, err := k.trust.fetch(ctx)
	if err != nil && ctx.Err() == nil {
		k.log.Error("keys of others cannot be had, what is known of them stays in use", zap.Error(err))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.read || !changed && !k.countries.changed(k.cfg.CountriesFile) {
		return
	}
	if err := k.build(); err != nil {
		k.log.Error("rules cannot be renewed, those before stay in use", zap.Error(err))
	}
}

// countryFile is a database of countries that is read again when the file has changed.
type countryFile struct {
	database *rule.CountryDatabase
	modified time.Time
}

// open returns the database in a file; nil for no file.
func (f *countryFile) open(path string) (rule.Locator, error) {
	if path == "" {
		return nil, nil
	}
	if f.database != nil && !f.changed(path) {
		return f.database, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("auth.countries: %w", err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("auth.countries: %w", err)
	}
	database, err := rule.OpenCountries(content)
	if err != nil {
		return nil, fmt.Errorf("auth.countries: %s: %w", path, err)
	}
	f.database, f.modified = database, info.ModTime()
	return database, nil
}

func (f *countryFile) changed(path string) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && !info.ModTime().Equal(f.modified)
}

// secretFile returns where the master secret is that the keys are sealed with.
func secretFile(cfg *config.Config) string {
	if cfg.SecretFile != "" {
		return cfg.SecretFile
	}
	return filepath.Join(cfg.Data, "secret.key")
}

// masterSecret reads the secret in a file: hexadecimal digits, or any other text.
func masterSecret(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the secret that keys are sealed with: %w: copy it from where the keys were made, or name it with auth.secret_file", err)
	}
	content = bytes.TrimSpace(content)
	if secret, err := hex.DecodeString(string(content)); err == nil {
		content = secret
	}
	if len(content) < auth.MinMasterSecret {
		return nil, fmt.Errorf("the secret in %s has %d bytes: want at least %d", path, len(content), auth.MinMasterSecret)
	}
	return content, nil
}
