DROP TABLE proof, agent_group_member, agent_group, agent_standing, onboarding_step, grant_ledger, invitation_lookup, invitation;
ALTER TABLE agent DROP COLUMN upn, DROP COLUMN source, DROP COLUMN paused_at;
DELETE FROM tenant WHERE entra_tenant_id IS NULL;
ALTER TABLE tenant
    ALTER COLUMN entra_tenant_id SET NOT NULL,
    DROP COLUMN bound_at, DROP COLUMN bound_by, DROP COLUMN paused_at, DROP COLUMN paused_by;
