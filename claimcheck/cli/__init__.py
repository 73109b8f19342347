"""The command line: options in, one use case, text and exit code out."""
