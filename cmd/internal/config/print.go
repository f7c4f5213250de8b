package config

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML returns the effective configuration as a file that [Load] accepts, with the origin of each value behind it.
func (l *Loaded) YAML() []byte {
	return render(l.settings(), func(s Setting) (above, behind string) {
		origin, given := l.origins[s.Key]
		if !given {
			origin = "default"
		}
		return "", origin
	})
}

// Values returns the effective values by key, for JSON: texts, and lists of maps where a setting is structured.
func (l *Loaded) Values() map[string]any {
	values := map[string]any{}
	for _, s := range l.settings() {
		node := s.value.node()
		if node.Kind == yaml.ScalarNode {
			values[s.Key] = node.Value
			continue
		}
		var v any
		if err := node.Decode(&v); err != nil {
			panic(fmt.Sprintf("config: %s does not decode: %v", s.Key, err)) // an invariant of the table
		}
		values[s.Key] = v
	}
	return values
}

// Sample returns the annotated file of all settings at their defaults.
func Sample() []byte {
	const header = `# Headwater's settings at their defaults. Every key is also an environment variable and a flag:
# cache.size is HEADWATER_CACHE_SIZE and --cache-size. Flags win over the environment, that over this file.
# headwater check-config tells what is wrong with a file, headwater print-config what is in force.

`
	body := render(Defaults(), func(s Setting) (above, behind string) { return s.Help, "" })
	return append([]byte(header), body...)
}

// render writes settings as nested YAML. comment returns what to say above and behind each.
func render(settings []Setting, comment func(Setting) (above, behind string)) []byte {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, s := range settings {
		path := strings.Split(s.Key, ".")
		section := root
		for _, name := range path[:len(path)-1] {
			section = subsection(section, name)
		}
		above, behind := comment(s)
		name := &yaml.Node{Kind: yaml.ScalarNode, Value: path[len(path)-1], HeadComment: above}
		value := s.value.node()
		if len(value.Content) == 0 || value.Style == yaml.FlowStyle { // on the line of the key
			value.LineComment = behind
		} else {
			name.LineComment = behind
		}
		section.Content = append(section.Content, name, value)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		panic(fmt.Sprintf("config: a tree of scalars does not encode: %v", err)) // an invariant of the table
	}
	return out.Bytes()
}

// subsection returns the mapping called name in section, which it adds when it is the first of that name.
func subsection(section *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(section.Content); i += 2 {
		if section.Content[i].Value == name {
			return section.Content[i+1]
		}
	}
	child := &yaml.Node{Kind: yaml.MappingNode}
	section.Content = append(section.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, child)
	return child
}
