"""Products, packagings, categories, pictures and the articles that a seller lists."""
