"""Reading and writing files so that a crash, a full disk or two commands at once lose nothing."""
