"""Decide, with proof, whether a supplier's system meets the standards that the NHS demands.

Not an NHS product and not an approval by any NHS body.
"""

__version__ = "0.1.0"

DISCLAIMER = "Not an NHS product. Not an approval, certification or endorsement by the NHS."
"""The sentence that every report and ``--version`` carries."""
