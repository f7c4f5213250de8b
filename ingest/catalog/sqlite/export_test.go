package sqlite

import "database/sql"

// Pools returns the connections by what they do.
func (c *Catalog) Pools() map[string]*sql.DB {
	return map[string]*sql.DB{"write": c.write, "read": c.read}
}
