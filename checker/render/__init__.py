"""One module per output format: report in, bytes out."""
