"""The mail catcher: takes every e-mail and text message, keeps them durably, and shows them. Nobody else gets them."""
