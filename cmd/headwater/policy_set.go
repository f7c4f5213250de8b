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

func (a *app) policySetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set FILE…",
		Short: "Store policies and projects from files",
		Long: `Store the policies, projects and default policy in the files, - for standard input: each takes the place of the one of its
name, the others stay. All files are stored at once if the whole holds together, else nothing is. What was stored is
printed.`,
		Example: "  headwater policy set rules.yaml\n  headwater policy show members | sed s/open/protected/ | headwater policy set -",
		Args:    operands("file"),
		RunE: func(cmd *cobra.Command, files []string) error {
			part, err := readRules(files)
			if err != nil {
				return err
			}
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				err := s.EditRules(ctx, func(rules auth.Rules) (auth.Rules, error) { return rules.Overlay(part), nil })
				if err != nil {
					return err
				}
				return a.printStored(part)
			})
		},
	}
	a.addSettings(cmd, "data", "auth.countries")
	return cmd
}

// readRules reads rules from files, of which each goes over those before.
func readRules(files []string) (part auth.Rules, err error) {
	for _, file := range files {
		text, err := readOperand(file, auth.MaxRulesBytes)
		if err != nil {
			return part, err
		}
		rules, err := auth.ParseRules(text)
		if err != nil {
			return part, fmt.Errorf("%s: %w", report.Printable(file), err)
		}
		part = part.Overlay(rules)
	}
	return part, nil
}

func (a *app) printStored(part auth.Rules) error {
	stored := report.Stored{DefaultPolicy: part.DefaultPolicy, Policies: []string{}, Projects: []string{}}
	for i := range part.Policies {
		stored.Policies = append(stored.Policies, part.Policies[i].Name)
	}
	for i := range part.Projects {
		stored.Projects = append(stored.Projects, part.Projects[i].Name)
	}
	if a.json {
		return report.JSON(a.stdout, stored)
	}
	_, err := fmt.Fprint(a.stdout, stored)
	return err
}

func (a *app) policyDeleteCommand() *cobra.Command {
	project := false
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a policy or, with --project, a project",
		Long: `Delete the policy of that name, which no project and no asset may name any more. With --project delete the project of that
name: its hosts are those of the default project then, and its assets, which stay, play nowhere.`,
		Example: "  headwater policy delete members\n  headwater policy delete --project shop",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one policy, or with --project one project")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			remove := withoutPolicy
			if project {
				remove = withoutProject
			}
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				err := s.EditRules(ctx, func(rules auth.Rules) (auth.Rules, error) { return remove(rules, args[0]) })
				if err != nil {
					return err
				}
				if a.json {
					return report.JSON(a.stdout, report.Deleted{Name: args[0]})
				}
				_, err = fmt.Fprintln(a.stdout, args[0])
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&project, "project", false, "delete the project of that name")
	a.addSettings(cmd, "data", "auth.countries")
	return cmd
}

func withoutPolicy(rules auth.Rules, name string) (auth.Rules, error) {
	i := slices.IndexFunc(rules.Policies, func(p auth.Policy) bool { return p.Name == name })
	if i < 0 {
		return rules, fmt.Errorf("there is no policy %q; see headwater policy list", name)
	}
	rules.Policies = slices.Delete(rules.Policies, i, i+1)
	return rules, nil
}

func withoutProject(rules auth.Rules, name string) (auth.Rules, error) {
	i := slices.IndexFunc(rules.Projects, func(p auth.Project) bool { return p.Name == name })
	if i < 0 {
		return rules, fmt.Errorf("there is no project %q; see headwater policy show", name)
	}
	rules.Projects = slices.Delete(rules.Projects, i, i+1)
	return rules, nil
}
