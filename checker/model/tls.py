"""A ClientHello as it is asked for, and what a server answered to it.

They stand here because checks name what was asked and never import the probes that send it.
"""

from __future__ import annotations

from datetime import datetime

from checker.model.value import Value

SSL_3_0, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
VERSION_NAMES = {
    SSL_3_0: "SSL 3.0",
    TLS_1_0: "TLS 1.0",
    TLS_1_1: "TLS 1.1",
    TLS_1_2: "TLS 1.2",
    TLS_1_3: "TLS 1.3",
}
GROUPS = {
    0x0001: "sect163k1",
    0x0002: "sect163r1",
    0x0003: "sect163r2",
    0x0004: "sect193r1",
    0x0005: "sect193r2",
    0x0006: "sect233k1",
    0x0007: "sect233r1",
    0x0008: "sect239k1",
    0x0009: "sect283k1",
    0x000A: "sect283r1",
    0x000B: "sect409k1",
    0x000C: "sect409r1",
    0x000D: "sect571k1",
    0x000E: "sect571r1",
    0x000F: "secp160k1",
    0x0010: "secp160r1",
    0x0011: "secp160r2",
    0x0012: "secp192k1",
    0x0013: "secp192r1",
    0x0014: "secp224k1",
    0x0015: "secp224r1",
    0x0016: "secp256k1",
    0x0017: "secp256r1",
    0x0018: "secp384r1",
    0x0019: "secp521r1",
    0x001A: "brainpoolP256r1",
    0x001B: "brainpoolP384r1",
    0x001C: "brainpoolP512r1",
    0x001D: "x25519",
    0x001E: "x448",
    0x0100: "ffdhe2048",
    0x0101: "ffdhe3072",
    0x0102: "ffdhe4096",
    0x0103: "ffdhe6144",
    0x0104: "ffdhe8192",
    0x11EC: "X25519MLKEM768",
}
"""RFC 8422 section 5.1.1, RFC 7919, RFC 8446 section 4.2.7 and the registry of IANA."""
WEAK_GROUPS = tuple(number for number, name in GROUPS.items() if name[4:7] in ("163", "193", "160", "192"))
"""Those under 224 bits."""
X25519, P256, HYBRID = 0x001D, 0x0017, 0x11EC
COMMON_GROUPS = (X25519, P256, 0x0018, 0x0019, 0x001E, 0x001A, 0x001B, 0x001C, 0x0016)
SIGNATURES = {
    0x0101: "rsa_pkcs1_md5",
    0x0201: "rsa_pkcs1_sha1",
    0x0202: "dsa_sha1",
    0x0203: "ecdsa_sha1",
    0x0301: "rsa_pkcs1_sha224",
    0x0303: "ecdsa_sha224",
    0x0401: "rsa_pkcs1_sha256",
    0x0402: "dsa_sha256",
    0x0403: "ecdsa_secp256r1_sha256",
    0x0501: "rsa_pkcs1_sha384",
    0x0503: "ecdsa_secp384r1_sha384",
    0x0601: "rsa_pkcs1_sha512",
    0x0603: "ecdsa_secp521r1_sha512",
    0x0804: "rsa_pss_rsae_sha256",
    0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512",
    0x0807: "ed25519",
    0x0808: "ed448",
}
"""RFC 8446 section 4.2.3, with those of TLS 1.2."""
OLD_HASH_SIGNATURES = (0x0203, 0x0201, 0x0202, 0x0101)
"""SHA-1 and MD5."""
MODERN_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601)
USUAL_SIGNATURES = (*MODERN_SIGNATURES, 0x0402, 0x0303, 0x0301, 0x0203, 0x0201, 0x0202)
"""SHA-1 stands at the end, for servers of old."""
PLAIN_SIGNATURES = (0x0401, 0x0403, 0x0501, 0x0601, 0x0201, 0x0203, 0x0202)
"""Those that a server of the year 2010 knows."""

EXTENDED_MASTER_SECRET, RENEGOTIATION_INFO, STATUS_REQUEST, SESSION_TICKET = 0x0017, 0xFF01, 0x0005, 0x0023
REFUSING_ALERTS = {
    40: "handshake_failure",
    70: "protocol_version",
    71: "insufficient_security",
    86: "inappropriate_fallback",
}
"""Alerts that say no to a ClientHello (RFC 8446 section 6.2, RFC 7507)."""
SILENT = frozenset({"closed", "reset", "silent"})
"""Answers that may have any cause: the same is then asked in a smaller form."""


class Hello(Value, frozen=True, kw_only=True):
    """A ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2). Its random bytes are not part of it."""

    name: str
    """What it is for, in a few words: how a check finds its answer."""
    version: int
    """The highest version up to TLS 1.2; the record says the same, TLS 1.0 at most."""
    suites: tuple[int, ...]
    supported: tuple[int, ...] = ()
    """``supported_versions``; without any the extension is left out."""
    groups: tuple[int, ...] = COMMON_GROUPS
    shares: bool = True
    """Send a key share for X25519 where TLS 1.3 is offered; else an empty list, which asks for a HelloRetryRequest."""
    signatures: tuple[int, ...] = USUAL_SIGNATURES
    compression: tuple[int, ...] = (0,)
    server_name: bool = True
    extras: bool = True
    """Extended master secret, renegotiation_info, session ticket and status_request."""
    alpn: tuple[str, ...] = ()
    reduced: int = 0
    """0: as it was meant. 1 to 3: a form with fewer extensions, since the one before was met with silence."""


class TlsAnswer(Value, frozen=True, kw_only=True, tag="tls-answer"):
    """Payload of ``tls-answer``: one connection, one ClientHello, and the answer up to the end of its first flight.

    ``answer`` is ``server-hello``, ``hello-retry``, ``alert``, ``not-tls`` (it does not speak TLS), ``garbage``, or
    one of ``SILENT``; where no connection came about: ``timeout``, ``refused``, ``dns``, ``proxy``, ``given-up``,
    ``host-not-allowed``, ``budget``, ``stopped``; ``intercepted`` where a proxy stands between.
    """

    host: str
    port: int
    hello: Hello
    answer: str
    alert: int | None = None
    version: int = 0
    suite: int = 0
    compression: int = 0
    extensions: tuple[int, ...] = ()
    """Of the ServerHello."""
    sentinel: int = 0
    """The version that the end of the server's random says was given up (RFC 8446 section 4.1.3): TLS 1.3 or 1.2."""
    group: int = 0
    """Of the ServerKeyExchange, key_share or HelloRetryRequest."""
    dh_bits: int = 0
    signature: int = 0
    """Of the ServerKeyExchange (TLS 1.2)."""
    certificates: int = 0
    """How many certificates came in the clear (up to TLS 1.2)."""
    staple: bytes = b""
    """The OCSP response of the CertificateStatus (up to TLS 1.2)."""
    asks_certificate: bool = False
    complete: bool = False
    """Did the whole flight come? For TLS 1.3 that is its one message in the clear."""
    protocol: str = ""
    """ALPN, as far as it is in the clear."""
    address: str = ""
    """The address that was connected to; "" where there was a proxy, or no connection."""
    addresses: tuple[str, ...] = ()
    """All addresses of the host, as its name was resolved at the beginning of the run."""
    at: datetime
    elapsed_ms: int = 0

    @property
    def speaks(self) -> bool:
        """Did the server go on with the handshake?"""
        return self.answer in ("server-hello", "hello-retry")

    @property
    def refuses(self) -> bool:
        """A fatal alert that says no to what was offered."""
        return self.answer == "alert" and self.alert in REFUSING_ALERTS
