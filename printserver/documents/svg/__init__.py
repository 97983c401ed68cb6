"""SVG: the gate that a drawing of a stranger passes, and drawing what has passed. Only for the sandbox."""
