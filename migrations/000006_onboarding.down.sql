DROP POLICY call_snapshot_offboarded ON call_snapshot;
REVOKE DELETE ON call_snapshot FROM tandem_app;
DROP TABLE proof, agent_group_member, agent_group, agent_standing, onboarding_look, onboarding_step, grant_now, grant_ledger, invitation_lookup, invitation;
ALTER TABLE audit
    ALTER COLUMN detail DROP DEFAULT,
    ALTER COLUMN detail TYPE jsonb,
    ALTER COLUMN detail SET DEFAULT '{}';
ALTER TABLE agent DROP COLUMN upn, DROP COLUMN source, DROP COLUMN paused_at;
DROP INDEX agent_id_idx, number_e164_idx, api_key_tenant_idx, tenant_offboarded_idx, tenant_entra_tenant_id_key;
-- What the older schema cannot say is given a value that it can: nobody is deleted.
UPDATE tenant SET entra_tenant_id = tenant_id WHERE entra_tenant_id IS NULL OR state = 'offboarded';
ALTER TABLE tenant
    ALTER COLUMN entra_tenant_id SET NOT NULL,
    ADD CONSTRAINT tenant_entra_tenant_id_key UNIQUE (entra_tenant_id),
    DROP COLUMN bound_at, DROP COLUMN bound_by, DROP COLUMN paused_at, DROP COLUMN paused_by;
