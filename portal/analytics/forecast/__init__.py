"""What will be ordered: weekly demand, its uncertainty, and how good the forecast has been."""
