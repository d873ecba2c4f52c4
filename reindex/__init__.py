"""How the course index is rebuilt (the weekly flow)."""
