DELETE FROM onboarding_look WHERE kind = 'test_user';
ALTER TABLE onboarding_look
    DROP CONSTRAINT onboarding_look_kind_check,
    ADD CONSTRAINT onboarding_look_kind_check CHECK (kind IN ('consent', 'agents', 'groups', 'test_call'));
DROP TABLE test_user;
