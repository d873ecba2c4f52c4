"""The ground: what each step of each run shares. Imports nothing of ours."""
