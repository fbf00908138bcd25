"""Under construction in this commit series; see the module heads of its parts."""
