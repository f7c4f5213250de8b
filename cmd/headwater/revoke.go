package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap/zapcore"

	"headwater/auth"
	"headwater/cmd/internal/config"
	"headwater/cmd/internal/report"
	"headwater/packager"
)

// revoker makes credentials and sessions void.
type revoker interface {
	// Revocations returns those that are not over.
	Revocations(ctx context.Context) (*auth.Revocations, error)
	// Revoke adds to the revocations and tells origins.
	Revoke(ctx context.Context, r auth.Revocation) error
}

const revokeHelp = `Make credentials and sessions void at every origin, within seconds.

What is revoked by the id of a token, session or key stays void. Users and assets live on: what is issued for them after the
revocation is good. A revocation is kept for as long as what it hits can live, and then forgotten.

Where a CDN verifies signatures by itself, what it has cached plays until the signature expires.`

func (a *app) revokeCommand() *cobra.Command {
	return group("revoke", "Make tokens, users, sessions, assets or keys void", revokeHelp,
		a.revokeKindCommand(auth.RevokeToken, "ID", "Revoke a credential by its id (jti), with its sessions"),
		a.revokeKindCommand(auth.RevokeUser, "ID", "Revoke all that a user has now"),
		a.revokeKindCommand(auth.RevokeSession, "ID", "Revoke a session by its 16 hexadecimal digits"),
		a.revokeKindCommand(auth.RevokeAsset, "ASSET", "Revoke all that is out for an asset now"),
		a.revokeKindCommand(auth.RevokeKey, "ID", "Revoke all that a key has signed, with its sessions"),
		a.revokeListCommand())
}

func (a *app) revokeKindCommand(kind auth.RevocationKind, operand, short string) *cobra.Command {
	r := auth.Revocation{Kind: kind}
	cmd := &cobra.Command{
		Use:     kind.String() + " " + operand,
		Short:   short,
		Example: "  headwater revoke " + kind.String() + " " + revokeExamples[kind],
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, "name one "+kind.String())
			}
			return setRevoked(cmd, &r, args[0])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				return a.revoke(ctx, s, r, args[0])
			})
		},
	}
	if kind != auth.RevokeAsset {
		addProject(cmd.Flags(), &r.Project, projectHelp)
	}
	a.addSettings(cmd, "data")
	return cmd
}

var revokeExamples = map[auth.RevocationKind]string{
	auth.RevokeToken: "x7k2m4q9", auth.RevokeUser: "4711 --project shop", auth.RevokeSession: "0f3a5c7e9b1d2f46",
	auth.RevokeAsset: "3f9c2a", auth.RevokeKey: "k3v9q2xw",
}

// setRevoked notes what to revoke, or says why nothing is called so.
func setRevoked(cmd *cobra.Command, r *auth.Revocation, value string) error {
	r.Value, r.At = value, time.Now()
	if r.Kind == auth.RevokeAsset {
		if !packager.ValidAssetID(value) {
			return usage(cmd, fmt.Sprintf("%q is no asset id", value))
		}
		id := packager.AssetID(value)
		r.Project, r.Value = id.Project(), id.Plain()
	}
	if err := r.Validate(); err != nil {
		return usage(cmd, fmt.Sprintf("%q is not the id of a %s", value, r.Kind))
	}
	return nil
}

// revoke revokes and prints what was named.
func (a *app) revoke(ctx context.Context, s system, r auth.Revocation, operand string) error {
	if r.Kind == auth.RevokeAsset {
		if _, err := s.Asset(ctx, packager.AssetID(operand)); err != nil {
			return err // a slip of the pen must not pass for a revocation
		}
	}
	if err := s.Revoke(ctx, r); err != nil {
		return err
	}
	if a.json {
		return report.JSON(a.stdout, revocationRow(&r))
	}
	_, err := fmt.Fprintln(a.stdout, report.Printable(operand))
	return err
}

func (a *app) revokeListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what is revoked, in all projects",
		Example: "  headwater revoke list",
		Args:    noOperands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				set, err := s.Revocations(ctx)
				if err != nil {
					return err
				}
				var rows []report.Revocation
				for _, r := range set.List() {
					rows = append(rows, revocationRow(&r))
				}
				return printList(a, report.RevocationHeadings, rows)
			})
		},
	}
	a.addSettings(cmd, "data")
	return cmd
}

func revocationRow(r *auth.Revocation) report.Revocation {
	row := report.Revocation{Kind: r.Kind.String(), Project: r.Project, Value: r.Value, At: r.At.UTC().Truncate(time.Second), Until: r.Until}
	if row.Until.IsZero() {
		row.Until = row.At.Add(auth.MaxLife)
	}
	return row
}
