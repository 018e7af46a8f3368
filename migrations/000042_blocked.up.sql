-- Who must not be rung, for calls: a few of the rows, and without their tables' pages.
CREATE INDEX agent_standing_blocked_idx ON agent_standing (tenant_id, agent_id) WHERE blocked;
