package app

import (
	"context"
	"fmt"
	"time"

	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
)

// Init brings the schema up to date and makes an owner's key, which may do
// everything. It is shown here and never again. Doing it twice makes a second key.
func Init(ctx context.Context, dsn, name string) (key string, err error) {
	if err := postgres.Migrate(ctx, dsn); err != nil {
		return "", fmt.Errorf("migrate: %w", err)
	}
	store, err := postgres.Open(ctx, postgres.Config{DSN: dsn, Connections: 2})
	if err != nil {
		return "", err
	}
	defer store.Close()
	if err := store.Engine().MakePartitions(ctx, partitionsAhead); err != nil {
		return "", err
	}
	token := string(secret.Token("tdm_"))
	_, err = store.CreateKey(ctx, provider.Key{
		Name: name, Scopes: []provider.Scope{provider.Everything}, Hash: secret.Hash(token),
		Hint: token[len(token)-4:], CreatedAt: time.Now(),
	})
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return token, nil
}
