"""What a template comes to once its parameters, the stack's name and the account are known. No calls are made here."""
