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
)

// keyKeeper has the keys that credentials are signed with.
type keyKeeper interface {
	// Keys returns the keys of all projects.
	Keys(ctx context.Context) (*auth.Keyring, error)
	// EditKeys stores what change makes of the keys of a project and tells origins.
	EditKeys(ctx context.Context, project string, change func(*auth.Keyring) (*auth.Keyring, error)) error
	// SigningKey returns the key that signs for a use; made reports that the project had none.
	SigningKey(ctx context.Context, project string, use auth.Use) (key auth.Key, made bool, err error)
}

const keysHelp = `Keys sign and verify credentials. Each project has its own for each use:

  playauth  PlayAuths, which backends mint
  session   sessions, which origins mint; nobody else needs to know it
  url       signed URLs, also those that a CDN verifies
  jwt, cat  secrets shared with those who issue JSON Web Tokens or Common Access Tokens

For each use one key signs, and the one before it still verifies for as long as what it has signed may live. Origins read
the keys from storage, sealed with the secret in auth.secret_file, of which each origin needs a copy.`

func (a *app) keysCommand() *cobra.Command {
	return group("keys", "List, rotate, add, remove and show the keys of credentials", keysHelp,
		a.keysListCommand(), a.keysRotateCommand(), a.keysAddCommand(), a.keysRemoveCommand(), a.keysShowCommand())
}

// group returns a command that only holds others.
func group(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.ArbitraryArgs, RunE: unknownCommand}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(commands...)
	return cmd
}

// keyFlags select keys.
type keyFlags struct {
	project string
	use     auth.Use // 0 for all
}

func (f *keyFlags) add(cmd *cobra.Command, useHelp string) {
	addProject(cmd.Flags(), &f.project, projectHelp)
	if useHelp != "" {
		cmd.Flags().TextVar(&f.use, "use", f.use, "what the key signs: "+useHelp)
	}
}

// inProject names a project other than the default one in an error.
func inProject(name string) string {
	if name == "" {
		return ""
	}
	return " in project " + name
}

func (a *app) keysListCommand() *cobra.Command {
	var f keyFlags
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the keys of a project, without their secrets",
		Example: "  headwater keys list\n  headwater keys list --project shop --use url",
		Args:    noOperands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
				ring, err := s.Keys(ctx)
				if err != nil {
					return err
				}
				return printList(a, report.KeyHeadings, f.rows(ring))
			})
		},
	}
	f.add(cmd, "`USE`; all without it")
	a.addSettings(cmd, "data", "auth.secret")
	return cmd
}

// rows returns the selected keys of a ring.
func (f *keyFlags) rows(ring *auth.Keyring) []report.Key {
	var rows []report.Key
	for _, k := range ring.Keys() {
		if k.Project == f.project && (f.use == 0 || k.Use == f.use) {
			rows = append(rows, keyRow(&k))
		}
	}
	return rows
}

func keyRow(k *auth.Key) report.Key {
	return report.Key{
		Project: k.Project, ID: k.ID, Use: k.Use.String(), Algorithm: k.Algorithm,
		Created: k.Created, Retired: k.Retired, VerifiesUntil: k.VerifiesUntil(),
	}
}

func (a *app) keysRotateCommand() *cobra.Command {
	f, force := keyFlags{use: auth.UsePlayAuth}, false
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Have a new key sign, while the one before still verifies",
		Long: `Make a random key that signs from now on, and print its id. The key that signed before still verifies for as long as
what it has signed may live, so that no viewer notices. Until that time is over another rotation is refused; --force drops
the earlier key with all that it has signed. Backends need the new secret: see "headwater keys show".`,
		Example: "  headwater keys rotate\n  headwater keys rotate --use session\n  headwater keys rotate --project shop --use url --force",
		Args:    noOperands,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.editKeys(cmd, f.project, func(ring *auth.Keyring) (*auth.Keyring, auth.Key, error) {
				return ring.Rotate(f.project, f.use, time.Now(), force)
			})
		},
	}
	f.add(cmd, "`USE`")
	cmd.Flags().BoolVar(&force, "force", false, "drop an earlier key that is still needed")
	a.addSettings(cmd, "data", "auth.secret")
	return cmd
}

// editKeys edits the keys of a project and prints the one that change names.
func (a *app) editKeys(cmd *cobra.Command, project string, change func(*auth.Keyring) (*auth.Keyring, auth.Key, error)) error {
	return a.withSystem(cmd, zapcore.WarnLevel, func(ctx context.Context, _ *config.Config, s system) error {
		var key auth.Key
		err := s.EditKeys(ctx, project, func(ring *auth.Keyring) (*auth.Keyring, error) {
			var err error
			ring, key, err = change(ring)
			return ring, err
		})
		if err != nil {
			return err
		}
		if a.json {
			return report.JSON(a.stdout, keyRow(&key))
		}
		_, err = fmt.Fprintln(a.stdout, key.ID)
		return err
	})
}

func (a *app) keysRemoveCommand() *cobra.Command {
	var f keyFlags
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Remove a key: all that it has signed is refused within seconds",
		Long: `Remove a key at once, as when its secret has become known. Origins refuse all that it has signed within seconds, but
sessions that this was exchanged for go on: revoke the key too ("headwater revoke key") to end them. A project whose key
for sessions is removed gets another.`,
		Example: "  headwater keys remove k3v9q2xw",
		Args:    oneKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.editKeys(cmd, f.project, func(ring *auth.Keyring) (*auth.Keyring, auth.Key, error) {
				key, err := f.find(ring, args[0])
				if err != nil {
					return nil, key, err
				}
				ring, err = ring.Remove(f.project, key.ID)
				return ring, key, err
			})
		},
	}
	f.add(cmd, "")
	a.addSettings(cmd, "data", "auth.secret")
	return cmd
}

// oneKey is the check of a command that takes the id of a key.
func oneKey(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usage(cmd, "name one key by its id")
	}
	return nil
}

// find returns the key of an id, also a retired one.
func (f *keyFlags) find(ring *auth.Keyring, id string) (auth.Key, error) {
	for _, k := range ring.Keys() {
		if k.Project == f.project && k.ID == id {
			return k, nil
		}
	}
	return auth.Key{}, fmt.Errorf("there is no key %q%s; see headwater keys list", id, inProject(f.project))
}
