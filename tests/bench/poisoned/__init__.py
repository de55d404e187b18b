"""What one poisoned event costs everybody else."""
