"""What people are told: an inbox for each, and mails as each chooses."""
