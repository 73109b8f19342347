"""How the embedded network is trained; needs torch, and is not part of the package. See README.md."""
