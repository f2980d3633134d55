"""The only code that touches the outside: network and files."""
