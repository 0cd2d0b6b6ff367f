"""Papers: what people hand in, stored in S3 under keys nobody chooses, and proved unchanged when read."""
