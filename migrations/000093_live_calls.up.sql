-- The calls under way, to find whose a call of Microsoft's is.
CREATE INDEX call_live_idx ON call (started_at) WHERE ended_at IS NULL;
