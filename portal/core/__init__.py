"""What every feature stands on: settings, logs, health and the databases."""
