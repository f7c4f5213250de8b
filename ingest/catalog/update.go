package catalog

import (
	"fmt"
	"time"

	"headwater/packager"
)

// Visibility says what its owner wants viewers to have of an asset.
type Visibility string

// The visibilities of an asset.
const (
	Draft     Visibility = "draft"     // only by preview link
	Published Visibility = "published" // within its time
	Blocked   Visibility = "blocked"   // nothing
)

// Check returns an error unless v is one of the three. It is for backends.
func (v Visibility) Check() error {
	if v != Draft && v != Published && v != Blocked {
		return fmt.Errorf("visibility %q: want %s, %s or %s", v, Draft, Published, Blocked)
	}
	return nil
}

// AssetUpdate says what to change of an asset; nil leaves it as it is.
type AssetUpdate struct {
	Visibility *Visibility
	// PublishAt and ExpireAt bound when a published asset plays; the zero time takes a bound away. What is finer than a
	// millisecond is cut off.
	PublishAt, ExpireAt *time.Time
	// Policy is a name as [packager.ValidID] has it, or empty for the policy of the project.
	Policy *string
}

// Apply changes a as u says. It is for backends. The error says what is wrong with the asset that u would make.
func (u AssetUpdate) Apply(a *Asset) error {
	set(&a.Visibility, u.Visibility)
	set(&a.PublishAt, u.PublishAt)
	set(&a.ExpireAt, u.ExpireAt)
	set(&a.Policy, u.Policy)
	a.PublishAt, a.ExpireAt = a.PublishAt.UTC().Truncate(time.Millisecond), a.ExpireAt.UTC().Truncate(time.Millisecond)
	switch {
	case !validBound(a.PublishAt) || !validBound(a.ExpireAt):
		return fmt.Errorf("published from %v to %v: want times of the years 1971 to 9999", a.PublishAt, a.ExpireAt)
	case !a.ExpireAt.IsZero() && !a.ExpireAt.After(a.PublishAt):
		return fmt.Errorf("published from %v to %v: want the end after the beginning", a.PublishAt, a.ExpireAt)
	case a.Policy != "" && !packager.ValidID(a.Policy):
		return fmt.Errorf("policy %q: want a name of a-z, 0-9 and inner hyphens", a.Policy)
	}
	return a.Visibility.Check()
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// validBound reports whether t is no bound or a time that every form of it can hold.
func validBound(t time.Time) bool {
	return t.IsZero() || t.Year() >= 1971 && t.Year() <= 9999
}
