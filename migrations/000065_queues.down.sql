DROP TABLE queue_pace, agent_turn, waiting, queue_agent, queue;
