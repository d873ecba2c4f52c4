"""What a person sees of runs, mails and demonstrations."""
