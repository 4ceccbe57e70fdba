"""Reports: an organisation puts together its own figures, saves how, and takes them with it."""
