"""Pictures of verdicts: recordings in, one HTML page, JSON and JUnit out."""
