package dev

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"tandem/internal/config"
)

// SettingsPath is the configuration file of the product of a stack, for the commands
// that want one: tandem doctor --config .tandem/tandem.yaml.
func SettingsPath(dir string) string { return filepath.Join(dir, "tandem.yaml") }

// WriteSettings writes a configuration as its file has it, secrets included, for its
// owner's eyes only. It is JSON, which is YAML, too.
func WriteSettings(c config.Config, file string) error {
	raw, err := json.MarshalIndent(settings(reflect.ValueOf(c)), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o600)
}

func settings(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case config.Secret:
		return x.Reveal()
	case time.Duration:
		return x.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		all := map[string]any{}
		for i := range v.NumField() {
			all[v.Type().Field(i).Tag.Get("koanf")] = settings(v.Field(i))
		}
		return all
	case reflect.Slice:
		all := make([]any, v.Len())
		for i := range all {
			all[i] = settings(v.Index(i))
		}
		return all
	default:
		return v.Interface()
	}
}
