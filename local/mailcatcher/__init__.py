"""The mail catcher: takes every e-mail and text message, keeps them in files, and shows them. Nobody else gets them."""
