"""The mechanisms, one file each: compiled kernels over the state that never import one another."""
