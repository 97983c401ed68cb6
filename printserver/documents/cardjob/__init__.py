"""Card jobs: an archive of one card's pictures, its own panels, and what is to be encoded. Read in a worker alone.

Laws kept here:

1. A member is known by its name, and its name is never used for anything else: nothing is unpacked onto a disk.
2. What an archive may hold is a short list; what is not on it is refused by name, with the list.
3. Each byte is counted as it comes out; what headers say of sizes is compared, not believed.
"""

from printserver.documents.cardjob.contents import Contents, Member, read_cardjob
from printserver.documents.cardjob.writing import write_cardjob

__all__ = ["Contents", "Member", "read_cardjob", "write_cardjob"]
