"""What claims from orders cost while Lab 6 is up, down, slow and back."""
