"""The targets of the raster core, each a row: what is asked, what was measured in this run, and the verdict."""
