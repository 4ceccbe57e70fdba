"""Price lists and what an article costs a buyer."""
