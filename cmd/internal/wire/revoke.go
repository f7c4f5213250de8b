package wire

import (
	"context"
	"time"

	"headwater/auth"
)

// Revocations returns those that are not over.
func (s *System) Revocations(ctx context.Context) (revoked *auth.Revocations, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		revoked, err = c.revocations(ctx)
		return err
	})
	return revoked, err
}

func (c *controlPlane) revocations(ctx context.Context) (*auth.Revocations, error) {
	body, err := c.document(ctx, revocationsDocument)
	if err != nil {
		return nil, err
	}
	return decodeRevocations(body)
}

// decodeRevocations reads a document, nil where there is none, and leaves out what is over.
func decodeRevocations(body []byte) (*auth.Revocations, error) {
	if body == nil {
		return &auth.Revocations{}, nil
	}
	set, err := auth.DecodeRevocations(body)
	if err != nil {
		return nil, err
	}
	return set.Prune(time.Now()), nil
}

// Revoke adds to the revocations and tells origins.
func (s *System) Revoke(ctx context.Context, r auth.Revocation) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error { return c.revoke(ctx, r) })
}

func (c *controlPlane) revoke(ctx context.Context, r auth.Revocation) error {
	return c.editDocument(ctx, revocationsDocument, func(body []byte) ([]byte, error) {
		set, err := decodeRevocations(body)
		if err != nil {
			return nil, err
		}
		if set, err = auth.NewRevocations(append(set.List(), r)); err != nil {
			return nil, err
		}
		return set.Encode()
	})
}
