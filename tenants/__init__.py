"""The tenancy kernel: organisations, trading edges and who may see what."""
