"""What the commands do: run a study, compare runs, explain, reproduce."""
