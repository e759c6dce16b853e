"""What sessions have measured."""
