-- A trunk may be in no resource: one of Teams', which no routing document of a resource may
-- name, and one of ours that a document took out, which stays ours.
ALTER TABLE trunk
    ALTER COLUMN resource_id DROP NOT NULL,
    ADD COLUMN connectivity text NOT NULL DEFAULT 'acs_direct_routing',
    ADD CONSTRAINT trunk_connectivity_check CHECK (connectivity = 'acs_direct_routing' OR connectivity = 'teams_direct_routing' AND resource_id IS NULL);
ALTER TABLE trunk ALTER COLUMN connectivity DROP DEFAULT;

-- What people did about domains in the Azure portal and in DNS, for which there is no API.
CREATE TABLE domain_mark (
    resource_id       text        NOT NULL,
    domain            text        NOT NULL, -- or the whole FQDN of a trunk
    txt               text        NOT NULL, -- what the portal wants the TXT record to say; '': not told
    published_by      text        NOT NULL, -- as in audit
    published_by_name text        NOT NULL,
    published_at      timestamptz,          -- when the record was said to be in DNS; NULL: not yet
    verified_by       text        NOT NULL,
    verified_by_name  text        NOT NULL,
    verified_at       timestamptz,          -- when the portal was said to be content; NULL: not yet
    CONSTRAINT domain_mark_pkey PRIMARY KEY (resource_id, domain),
    CONSTRAINT domain_mark_resource_fkey FOREIGN KEY (resource_id) REFERENCES resource (id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON domain_mark TO tandem_app;
