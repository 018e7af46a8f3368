DROP TABLE journey, session;
