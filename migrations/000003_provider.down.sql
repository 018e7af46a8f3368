DROP TABLE idempotency, api_key, peer, trunk, resource;
