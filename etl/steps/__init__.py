"""The steps of the nightly route, one module each."""
