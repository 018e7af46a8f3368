-- By which name an outbound call was asked for. Who asks again by the same name,
-- because he never heard of the first call, is given that one.
ALTER TABLE call ADD COLUMN once text;
CREATE UNIQUE INDEX call_once_key ON call (tenant_id, once) WHERE once IS NOT NULL;
