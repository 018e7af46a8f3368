DROP TABLE transcript_phrase;
