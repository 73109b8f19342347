"""Judges that come with the package and need no key and no network."""
