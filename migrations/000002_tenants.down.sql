DROP TABLE number_lookup, audit, number_agent, number, agent, tenant, region;
