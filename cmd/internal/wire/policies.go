package wire

import (
	"context"
	"fmt"
	"slices"

	"headwater/auth"
	"headwater/ingest/catalog"
)

// Rules returns the rules as they are stored.
func (s *System) Rules(ctx context.Context) (rules auth.Rules, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		rules, err = c.rules(ctx)
		return err
	})
	return rules, err
}

func (c *controlPlane) rules(ctx context.Context) (auth.Rules, error) {
	body, err := c.document(ctx, rulesDocument)
	if err != nil {
		return auth.Rules{}, err
	}
	return auth.ParseRules(body)
}

// EditRules stores what change makes of the rules and tells origins. Nothing is stored that does not hold together, or
// that takes a policy away that assets name. change may be asked several times; its error ends the edit. Where a policy
// wants credentials, all projects have keys for sessions and PlayAuth afterwards: origins know them before the first is used.
func (s *System) EditRules(ctx context.Context, change func(auth.Rules) (auth.Rules, error)) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error {
		var stored auth.Rules
		err := c.editDocument(ctx, rulesDocument, func(body []byte) ([]byte, error) {
			rules, err := auth.ParseRules(body)
			if err != nil {
				return nil, err
			}
			before := policyNames(rules)
			if rules, err = change(rules); err != nil {
				return nil, err
			}
			if err := s.checkRules(rules); err != nil {
				return nil, err
			}
			if err := c.checkNamed(ctx, before, policyNames(rules)); err != nil {
				return nil, err
			}
			stored = rules
			return rules.Encode()
		})
		if err != nil {
			return err
		}
		return s.makeKeys(ctx, c, &stored)
	})
}

// makeKeys gives all projects their first keys if a policy wants credentials.
func (s *System) makeKeys(ctx context.Context, c *controlPlane, rules *auth.Rules) error {
	if !slices.ContainsFunc(rules.Policies, func(p auth.Policy) bool { return p.Access == auth.Protected }) {
		return nil
	}
	projects := []string{""}
	for i := range rules.Projects {
		if name := rules.Projects[i].Name; name != auth.DefaultProject {
			projects = append(projects, name)
		}
	}
	for _, project := range projects {
		if _, _, err := s.signingKey(ctx, c, project, auth.UsePlayAuth); err != nil {
			return fmt.Errorf("the rules are stored, but not the first keys of project %q: %w", project, err)
		}
	}
	return nil
}

// checkRules compiles rules as origins will. Key sets of others are not fetched for that.
func (s *System) checkRules(rules auth.Rules) error {
	locator, err := new(countryFile).open(s.cfg.CountriesFile)
	if err != nil {
		return err
	}
	_, err = auth.NewSnapshot(rules, auth.Sources{Locator: locator})
	return err
}

func policyNames(rules auth.Rules) map[string]bool {
	names := make(map[string]bool, len(rules.Policies))
	for i := range rules.Policies {
		names[rules.Policies[i].Name] = true
	}
	return names
}

// checkNamed returns an error if an asset names a policy of those before that is gone now: nobody could watch it.
func (c *controlPlane) checkNamed(ctx context.Context, before, now map[string]bool) error {
	filter := catalog.AssetFilter{Limit: catalog.MaxPage}
	for {
		assets, err := c.catalog.Assets(ctx, filter)
		if err != nil {
			return err
		}
		for i := range assets {
			if name := assets[i].Policy; before[name] && !now[name] {
				return fmt.Errorf("asset %s has the policy %q: give it another one first, with headwater asset policy", assets[i].ID, name)
			}
		}
		if len(assets) < filter.Limit {
			return nil
		}
		filter.After = assets[len(assets)-1].Cursor()
	}
}
