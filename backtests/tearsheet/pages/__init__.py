"""Pages that are about no single run: the cycles of the Fed, and the statements of the note."""
