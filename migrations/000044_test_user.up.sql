-- Whom a tenant lets us ring by ourselves, and when; nobody else is.
CREATE TABLE test_user (
    tenant_id  uuid        NOT NULL,
    oid        uuid        NOT NULL, -- object id in Entra
    name       text        NOT NULL,
    zone       text        NOT NULL, -- of the IANA time zone database
    days       integer[]   NOT NULL, -- 0 is Sunday
    from_min   integer     NOT NULL, -- minutes from midnight
    until_min  integer     NOT NULL,
    named_by   text        NOT NULL,
    named_at   timestamptz NOT NULL,
    CONSTRAINT test_user_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT test_user_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT test_user_hours_check CHECK (from_min >= 0 AND from_min <= until_min AND until_min <= 1440)
);

ALTER TABLE test_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE test_user FORCE ROW LEVEL SECURITY;
CREATE POLICY test_user_tenant ON test_user TO tandem_app USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON test_user TO tandem_app;

ALTER TABLE onboarding_look
    DROP CONSTRAINT onboarding_look_kind_check,
    ADD CONSTRAINT onboarding_look_kind_check CHECK (kind IN ('consent', 'agents', 'groups', 'test_call', 'test_user'));
