package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
)

// ruleKeeper has the rules of who may watch.
type ruleKeeper interface {
	// Rules returns the rules as they are stored.
	Rules(ctx context.Context) (auth.Rules, error)
	// EditRules stores what change makes of the rules, if it holds together, and tells origins.
	EditRules(ctx context.Context, change func(auth.Rules) (auth.Rules, error)) error
	// Engine returns an engine that decides by what is stored now, as origins will.
	Engine(ctx context.Context) (*auth.Engine, error)
}

const policyHelp = `Policies say who may watch: with which credentials, from which pages, addresses and countries, how often. One of them is
the default; a project, which the host of a URL selects, may name another, and so may an asset. They are one document, which
is checked as a whole and read by every origin within seconds:

  default_policy: open-site
  policies:
    - name: open-site
      access: open
      referer: {allow: ["*.example.com"], on_empty: allow}
    - name: members
      access: protected
      credentials: [playauth]
      rate: {requests: 50, per: 1s}
      session: {per_user: 3}
  projects:
    - name: shop
      domains: [video.shop.example]
      policy: members

Without any rules everybody may watch everything that is published.`

func (a *app) policyCommand() *cobra.Command {
	return group("policy", "List, show, set, delete and test the rules of who may watch", policyHelp,
		a.policyListCommand(), a.policyShowCommand(), a.policySetCommand(), a.policyDeleteCommand(), a.policyTestCommand())
}

func (a *app) policyListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the policies and the projects that they hold for",
		Example: "  headwater policy list",
		Args:    noOperands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				rules, err := s.Rules(ctx)
				if err != nil {
					return err
				}
				return printList(a, report.PolicyHeadings, policyRows(rules))
			})
		},
	}
	a.addSettings(cmd, "data")
	return cmd
}

func policyRows(rules auth.Rules) []report.Policy {
	var rows []report.Policy
	for i := range rules.Policies {
		p := &rules.Policies[i]
		row := report.Policy{Name: p.Name, Access: string(p.Access), Credentials: p.Credentials, Default: p.Name == rules.DefaultPolicy}
		for j := range rules.Projects {
			if rules.Projects[j].Policy == p.Name {
				row.Projects = append(row.Projects, rules.Projects[j].Name)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (a *app) policyShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [NAME]",
		Short: "Print the rules, or the policy and the project of a name, as YAML",
		Long:  `Print the rules, or the policy and the project of that name, in the form that "headwater policy set" takes.`,
		Example: "  headwater policy show > rules.yaml\n" +
			"  headwater policy show members",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage(cmd, "name one policy or project")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				rules, err := s.Rules(ctx)
				if err == nil && len(args) == 1 {
					rules, err = named(rules, args[0])
				}
				if err != nil {
					return err
				}
				return a.printRules(rules)
			})
		},
	}
	a.addSettings(cmd, "data")
	return cmd
}

// named returns the part of the rules that has a name.
func named(rules auth.Rules, name string) (auth.Rules, error) {
	part := auth.Rules{
		Policies: slices.DeleteFunc(rules.Policies, func(p auth.Policy) bool { return p.Name != name }),
		Projects: slices.DeleteFunc(rules.Projects, func(p auth.Project) bool { return p.Name != name }),
	}
	if len(part.Policies)+len(part.Projects) == 0 {
		return part, fmt.Errorf("there is no policy or project %q; see headwater policy list", name)
	}
	return part, nil
}

func (a *app) printRules(rules auth.Rules) error {
	text, err := rules.Encode()
	if err != nil {
		return err
	}
	if a.json {
		return yamlAsJSON(a.stdout, text)
	}
	_, err = a.stdout.Write(text)
	return err
}
