"""`recover`: the log restored from the archive, or the archive from the log. See docs/adr/0009."""
