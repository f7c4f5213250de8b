package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"headwater/auth"
	"headwater/cmd/internal/report"
	"headwater/packager"
)

// linksDocument is the list of preview links. Origins do not read it.
const linksDocument = "links"

// maxLinks is how many preview links there may be at a time.
const maxLinks = 10_000

// errLinks says that the document of preview links is not what this package writes.
var errLinks = errors.New("preview links: the document is damaged; put a backup of the catalogue in its place")

// decodeLinks reads the document, nil where there is none, and leaves out what has expired at now.
func decodeLinks(body []byte, now time.Time) ([]report.PreviewLink, error) {
	if body == nil {
		return nil, nil
	}
	var links []report.PreviewLink
	if err := json.Unmarshal(body, &links); err != nil {
		return nil, fmt.Errorf("%w: %w", errLinks, err)
	}
	for i := range links {
		if l := &links[i]; l.ID == "" || !packager.ValidAssetID(l.Asset) || l.Expires.IsZero() {
			return nil, fmt.Errorf("%w: link %d", errLinks, i)
		}
	}
	return slices.DeleteFunc(links, func(l report.PreviewLink) bool { return !now.Before(l.Expires) }), nil
}

// PreviewLinks returns those that have not expired, in the order in which they were made.
func (s *System) PreviewLinks(ctx context.Context) (links []report.PreviewLink, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		links, err = c.links(ctx)
		return err
	})
	return links, err
}

func (c *controlPlane) editLinks(ctx context.Context, change func([]report.PreviewLink) ([]report.PreviewLink, error)) error {
	return c.editDocument(ctx, linksDocument, func(body []byte) ([]byte, error) {
		links, err := decodeLinks(body, time.Now())
		if err != nil {
			return nil, err
		}
		if links, err = change(links); err != nil {
			return nil, err
		}
		return json.Marshal(links)
	})
}

// AddPreviewLink notes a link that was made.
func (s *System) AddPreviewLink(ctx context.Context, link report.PreviewLink) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error {
		return c.editLinks(ctx, func(links []report.PreviewLink) ([]report.PreviewLink, error) {
			if len(links) >= maxLinks {
				return nil, fmt.Errorf("there are %d preview links, which is the most; revoke some, or wait until they expire", maxLinks)
			}
			return append(links, link), nil
		})
	})
}

// RevokePreviewLink makes a link void, with all sessions that it was exchanged for, and forgets it.
func (s *System) RevokePreviewLink(ctx context.Context, id string) (link report.PreviewLink, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		if link, err = c.link(ctx, id); err != nil {
			return err
		}
		// First void, then forgotten: the other way round a crash would leave a link that nobody finds any more.
		project := packager.AssetID(link.Asset).Project()
		err := c.revoke(ctx, auth.Revocation{Kind: auth.RevokeToken, Project: project, Value: id, At: time.Now()})
		if err != nil {
			return err
		}
		return c.editLinks(ctx, func(links []report.PreviewLink) ([]report.PreviewLink, error) {
			return slices.DeleteFunc(links, func(l report.PreviewLink) bool { return l.ID == id }), nil
		})
	})
	return link, err
}

func (c *controlPlane) links(ctx context.Context) ([]report.PreviewLink, error) {
	body, err := c.document(ctx, linksDocument)
	if err != nil {
		return nil, err
	}
	return decodeLinks(body, time.Now())
}

func (c *controlPlane) link(ctx context.Context, id string) (report.PreviewLink, error) {
	links, err := c.links(ctx)
	if err != nil {
		return report.PreviewLink{}, err
	}
	for _, l := range links {
		if l.ID == id {
			return l, nil
		}
	}
	return report.PreviewLink{}, errors.New("there is no such preview link; see headwater preview-link list")
}
