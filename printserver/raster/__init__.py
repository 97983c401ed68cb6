"""Pages to panels: place, colour, separate, dither, mask and pack, on compiled kernels."""
