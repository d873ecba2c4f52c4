"""What people are told of a run: who is told, what, in which shape, and whether it has reached them."""
