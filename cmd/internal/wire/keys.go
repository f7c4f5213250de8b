package wire

import (
	"context"
	"fmt"
	"time"

	"headwater/auth"
)

// Keys returns the keys of all projects.
func (s *System) Keys(ctx context.Context) (ring *auth.Keyring, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		ring, err = s.keys(ctx, c)
		return err
	})
	return ring, err
}

func (s *System) keys(ctx context.Context, c *controlPlane) (*auth.Keyring, error) {
	body, err := c.document(ctx, keysDocument)
	if err != nil || body == nil {
		return &auth.Keyring{}, err
	}
	master, err := s.sealingSecret(true)
	if err != nil {
		return nil, err
	}
	return auth.OpenKeyring(body, master)
}

// EditKeys stores what change makes of the keys of a project and tells origins. The project has a key for sessions
// afterwards: without one no credential could be exchanged. change may be asked several times; its error ends the edit.
func (s *System) EditKeys(ctx context.Context, project string, change func(*auth.Keyring) (*auth.Keyring, error)) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error { return s.editKeys(ctx, c, project, change) })
}

func (s *System) editKeys(ctx context.Context, c *controlPlane, project string, change func(*auth.Keyring) (*auth.Keyring, error)) error {
	return c.editDocument(ctx, keysDocument, func(body []byte) ([]byte, error) {
		master, err := s.sealingSecret(body != nil)
		if err != nil {
			return nil, err
		}
		ring := &auth.Keyring{}
		if body != nil {
			if ring, err = auth.OpenKeyring(body, master); err != nil {
				return nil, err
			}
		}
		if ring, err = change(ring); err != nil {
			return nil, err
		}
		if ring, err = withSigning(ring, project, auth.UseSession); err != nil {
			return nil, err
		}
		return ring.Seal(master)
	})
}

// withSigning returns ring, with a new key if none of the project signs for that use.
func withSigning(ring *auth.Keyring, project string, use auth.Use) (*auth.Keyring, error) {
	now := time.Now()
	if _, ok := ring.Signing(project, use, now); ok {
		return ring, nil
	}
	ring, _, err := ring.Rotate(project, use, now, false)
	return ring, err
}

// SigningKey returns the key of a project that signs for a use. The project gets one if it has none; made reports that,
// because origins know it some seconds later.
func (s *System) SigningKey(ctx context.Context, project string, use auth.Use) (key auth.Key, made bool, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		key, made, err = s.signingKey(ctx, c, project, use)
		return err
	})
	return key, made, err
}

func (s *System) signingKey(ctx context.Context, c *controlPlane, project string, use auth.Use) (key auth.Key, made bool, err error) {
	ring, err := s.keys(ctx, c)
	if err != nil {
		return auth.Key{}, false, err
	}
	if key, ok := ring.Signing(project, use, time.Now()); ok {
		return key, false, nil
	}
	err = s.editKeys(ctx, c, project, func(old *auth.Keyring) (*auth.Keyring, error) {
		ring, err = withSigning(old, project, use)
		return ring, err
	})
	if err != nil {
		return auth.Key{}, false, err
	}
	key, ok := ring.Signing(project, use, time.Now())
	if !ok {
		return auth.Key{}, false, fmt.Errorf("no key of project %q signs for %s yet; try again in some seconds", project, use)
	}
	return key, true, nil
}
