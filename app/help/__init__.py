"""Help: what words mean, which keys there are, what to try in a demonstration, and how every component looks."""
