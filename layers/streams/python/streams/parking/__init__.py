"""What is set aside because it fails for good, and how it comes back."""
