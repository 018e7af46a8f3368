DROP TABLE trunk_proof;
DROP TABLE proof_key;
