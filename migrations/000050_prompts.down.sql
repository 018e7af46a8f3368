DROP TABLE prompt_audio, prompt;
