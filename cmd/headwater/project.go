package main

import (
	"errors"

	"github.com/spf13/pflag"

	"headwater/auth"
	"headwater/packager"
)

// projectFlag is a flag for the name of a project; empty for the default one, which documents call by a name.
type projectFlag struct{ name *string }

// addProject gives a command the flag --project.
func addProject(flags *pflag.FlagSet, name *string, help string) {
	flags.Var(projectFlag{name}, "project", help)
}

// projectHelp says what the flag takes.
const projectHelp = "`NAME` of the project; the default one without it"

// Set implements pflag.Value.
func (f projectFlag) Set(text string) error {
	if !packager.ValidID(text) {
		return errors.New("want a name of a-z, 0-9 and inner hyphens")
	}
	if text == auth.DefaultProject {
		text = ""
	}
	*f.name = text
	return nil
}

// String implements pflag.Value: the default.
func (f projectFlag) String() string { return "" }

// Type implements pflag.Value.
func (f projectFlag) Type() string { return "NAME" }
