DROP TABLE agent_usage;
DROP TABLE call_usage;
