package wire

import (
	"context"
	"time"

	"go.uber.org/zap"

	"headwater/auth"
	"headwater/auth/jws"
)

// Engine returns an engine that decides by what is stored now, as origins do once they have read it. It asks no hook.
func (s *System) Engine(ctx context.Context) (engine *auth.Engine, err error) {
	if engine, err = auth.NewEngine(auth.NewLocalCoordinator(time.Now), nil); err != nil {
		return nil, err
	}
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		snapshot, err := s.snapshot(ctx, c)
		if err == nil {
			engine.Swap(snapshot)
		}
		return err
	})
	return engine, err
}

func (s *System) snapshot(ctx context.Context, c *controlPlane) (*auth.Snapshot, error) {
	rules, err := c.rules(ctx)
	if err != nil {
		return nil, err
	}
	var sources auth.Sources
	if sources.Keys, err = s.keys(ctx, c); err != nil {
		return nil, err
	}
	if sources.Revocations, err = c.revocations(ctx); err != nil {
		return nil, err
	}
	if sources.Locator, err = new(countryFile).open(s.cfg.CountriesFile); err != nil {
		return nil, err
	}
	sources.Sets = s.trusted(ctx, &rules)
	return auth.NewSnapshot(rules, sources)
}

// trusted fetches the key sets of others that rules name, as far as they can be had.
func (s *System) trusted(ctx context.Context, rules *auth.Rules) map[string]jws.Set {
	trust := newTrustSets()
	trust.want(rules)
	if _, err := trust.fetch(ctx); err != nil {
		s.log.Warn("keys of others cannot be had: what they have signed is of an unknown key", zap.Error(err))
	}
	return trust.known()
}
