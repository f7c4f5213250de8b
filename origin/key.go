package origin

// key returns under what name the cache has what the answer sends: the path, which is canonical, and for assets of a
// project before it what no path begins with.
func (a *answer) key() []byte {
	project := a.visit.Project()
	if project == "" {
		return a.path
	}
	return append(appendKey(a.keyScratch[:0], project), a.path...)
}

// appendKey appends what the keys of a project begin with: nothing for the default one.
func appendKey(dst []byte, project string) []byte { return append(dst, project...) }
