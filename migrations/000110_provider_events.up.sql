-- What was told last of a resource that somebody has changed past us, so that it is told once.
ALTER TABLE resource ADD COLUMN drift text[] NOT NULL DEFAULT '{}';

-- Some events are about no tenant but about what is the provider's alone: trunks, peers and
-- routings. They have the tenant id that nobody has, 00000000-0000-0000-0000-000000000000,
-- and are routed and sent as all others; no tenant can read them. So there is not a tenant
-- for every event, and who deletes one takes its events along.
ALTER TABLE event DROP CONSTRAINT event_tenant_fkey;
ALTER TABLE tenant ADD CONSTRAINT tenant_id_check CHECK (tenant_id <> '00000000-0000-0000-0000-000000000000');
