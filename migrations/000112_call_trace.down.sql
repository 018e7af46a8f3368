DROP TABLE call_trace;
