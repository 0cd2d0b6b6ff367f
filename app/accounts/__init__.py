"""Ways into an account: links that were sent by mail, and the people whom the owner of an organisation invites."""
