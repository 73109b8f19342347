"""How right are the judge, the search and the anchor check? Measured on labelled sets, with what runs in a refresh."""
