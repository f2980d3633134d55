"""What went wrong in TLS, in words that stay the same."""

from __future__ import annotations

import ssl

_VERIFY_WORDS = {
    9: "not-yet-valid",
    10: "expired",
    23: "revoked",
    62: "host-name",
    64: "host-name",
    66: "weak",
    67: "weak",
    68: "weak",
}
"""OpenSSL's verification codes (X509_V_ERR_…). All others mean that the chain is not trusted."""


def verification_problem(problem: ssl.SSLCertVerificationError) -> str:
    """``expired``, ``not-yet-valid``, ``host-name``, ``revoked``, ``weak`` (a key or hash) or ``untrusted``."""
    return _VERIFY_WORDS.get(problem.verify_code, "untrusted")


def words(problem: ssl.SSLError) -> str:
    """OpenSSL's own reason in small words: ``wrong version number``, ``tlsv1 alert protocol version``."""
    reason = problem.reason or (problem.args[-1] if problem.args else "")
    return str(reason).replace("_", " ").lower() or "unknown"


def handshake_problem(problem: ssl.SSLError) -> str:
    """``alert`` when the other side refused by an alert (RFC 8446 §6), ``protocol`` when what it sent is not that TLS.

    ``unsupported`` means that this computer's OpenSSL cannot make the offer, so nothing was learnt.
    """
    text = words(problem)
    if isinstance(problem, ssl.SSLCertVerificationError):
        return verification_problem(problem)
    if isinstance(problem, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "unexpected eof" in text:
        return "closed"
    if "no protocols available" in text or "no ciphers available" in text:
        return "unsupported"
    return "alert" if " alert " in f" {text} " else "protocol"
