"""What one task does, in any runner."""
