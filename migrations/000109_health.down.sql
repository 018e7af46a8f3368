DROP TABLE health_sample, health;
