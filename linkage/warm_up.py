"""Compiles the kernels once, so that the first refresh after installing does not wait for them."""


def compile_kernels() -> None:
    """Run every compiled kernel on a few crimes; numba keeps the result beside the source."""
