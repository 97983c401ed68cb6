"""A card's panels looked at before a ribbon is spent: how much ink they take, and what may go wrong.

Laws kept here:

1. Panels are read, never changed; what is shown and what is sent stay the same.
2. Every limit is a named constant, with its source or its reason beside it.
3. A finding says where it is, in millimetres on the card.
"""

from printserver.raster.inspection.card import inspect_card
from printserver.raster.inspection.coverage import coverage_of, panel_inks
from printserver.raster.inspection.half import half_panel
from printserver.raster.inspection.pages import inspect_page
from printserver.raster.inspection.wishes import inspect_wishes

__all__ = ["coverage_of", "half_panel", "inspect_card", "inspect_page", "inspect_wishes", "panel_inks"]
