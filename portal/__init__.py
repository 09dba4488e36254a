"""颐田: a self-service portal for land-expropriated farmers, and the desk that serves them."""
