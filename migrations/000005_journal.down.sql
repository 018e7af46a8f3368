DROP FUNCTION hold_lease(uuid, text, bigint), take_mail(bigint);
REVOKE DELETE ON call_event, call_action FROM tandem_app;
ALTER TABLE call_event DROP COLUMN resource, DROP COLUMN event_id;
ALTER TABLE cdr ALTER COLUMN record TYPE jsonb;
ALTER TABLE inbox ALTER COLUMN event TYPE jsonb;
ALTER TABLE call_action ALTER COLUMN payload TYPE jsonb;
ALTER TABLE call_snapshot ALTER COLUMN state TYPE jsonb;
ALTER TABLE call_event ALTER COLUMN payload TYPE jsonb;
