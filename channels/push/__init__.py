"""Web push: our keys, the browsers that take messages, and how a message is sealed for one of them."""
