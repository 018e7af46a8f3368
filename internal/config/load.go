package config

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

const prefix = "TANDEM_"

// Load reads the YAML file, if one is named, and the environment (as
// os.Environ gives it), fills the defaults and validates.
func Load(path string, environ []string) (Config, error) {
	c, bad, err := Read(path, environ)
	if err != nil {
		return Config{}, err
	}
	if len(bad) > 0 {
		return Config{}, problems(bad).err()
	}
	return c, nil
}

// Read is Load for those who can go on with what is wrong, such as `tandem doctor`: it
// gives what could be read, with the defaults, and everything that is wrong. The error
// is for what cannot be read at all.
func Read(path string, environ []string) (Config, []string, error) {
	k := koanf.New(".")
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return Config{}, nil, fmt.Errorf("configuration file %s: %w", path, err)
		}
	}
	known := names(reflect.TypeFor[Config](), "")
	var bad problems
	for _, key := range k.Keys() {
		if _, ok := known[key]; !ok {
			bad = append(bad, key+" in "+path+" is not a setting")
		}
	}
	fromEnv, wrong := environment(environ, known)
	bad = append(bad, wrong...)
	for name, value := range fromEnv {
		if err := k.Set(name, value); err != nil {
			return Config{}, nil, fmt.Errorf("environment: %s: %w", name, err)
		}
	}
	var c Config
	if err := k.Unmarshal("", &c); err != nil {
		return Config{}, nil, fmt.Errorf("configuration: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return Config{}, nil, fmt.Errorf("host name, needed as the default of node: %w", err)
	}
	c = c.WithDefaults(host)
	bad = append(bad, c.problems()...)
	slices.Sort(bad)
	return c, bad, nil
}

// names maps the path of each setting to its type.
func names(t reflect.Type, under string) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name := under + f.Tag.Get("koanf")
		if f.Type.Kind() == reflect.Struct {
			for n, typ := range names(f.Type, name+".") {
				all[n] = typ
			}
			continue
		}
		all[name] = f.Type
	}
	return all
}

// environment picks our settings out of the environment.
func environment(environ []string, known map[string]reflect.Type) (map[string]any, problems) {
	byEnv := map[string]string{}
	for name := range known {
		byEnv[prefix+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))] = name
	}
	values, bad := map[string]any{}, problems{}
	sorted := slices.Sorted(slices.Values(environ))
	for _, e := range sorted {
		key, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(key, prefix) || strings.HasPrefix(key, prefix+"TEST_") {
			continue
		}
		name, ok := byEnv[key]
		if base, isFile := strings.CutSuffix(key, "_FILE"); !ok && isFile {
			if name, ok = byEnv[base]; ok && known[name] == reflect.TypeFor[Secret]() {
				raw, err := os.ReadFile(value)
				if err != nil {
					bad = append(bad, fmt.Sprintf("%s: %v", key, err))
				}
				value = strings.TrimSpace(string(raw))
			}
		}
		switch {
		case !ok:
			bad = append(bad, key+" is not a setting")
		case known[name].Kind() == reflect.Slice && known[name].Elem().Kind() != reflect.String:
			bad = append(bad, key+" can only be given in the file")
		case known[name].Kind() == reflect.Slice:
			values[name] = strings.Split(value, ",")
		default:
			values[name] = value
		}
	}
	return values, bad
}
