"""Figures for those who watch: what the gates and the steps found, as metrics, and what is drawn of them."""
