"""One source, one file: raw bytes of a publisher in, checked arrays in our units out."""
