-- What is heard on hold in the tenant's calls: melody, silence or the id of a prompt.
ALTER TABLE tenant ADD COLUMN hold_music text NOT NULL DEFAULT 'melody' CONSTRAINT tenant_hold_music_check CHECK (hold_music ~ '^(melody|silence|[0-9a-f-]{36})$');
