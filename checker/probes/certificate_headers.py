"""Headers by which something that ends TLS tells an application which client certificate it saw.

Whoever may set them is whoever he likes: RFC 9440 section 4 has them removed from what comes from outside. They are
sent in groups that stay small, so that a limit on the size of headers is not taken for a refusal.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from checker.model.asked import CertificateChange
from checker.model.exchange import Headers


def claimed(change: CertificateChange, chain: bytes) -> Headers:
    """What a proxy would say had it seen this certificate (PEM, leaf first). Raises ``ValueError``."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    leaf = x509.load_pem_x509_certificates(chain)[0]
    subject, issuer = leaf.subject.rfc4514_string(), leaf.issuer.rfc4514_string()
    der = base64.b64encode(leaf.public_bytes(Encoding.DER)).decode("ascii")
    pem = quote(leaf.public_bytes(Encoding.PEM).decode("ascii"), safe="")
    serial, digest = f"{leaf.serial_number:X}", leaf.fingerprint(SHA256()).hex()
    subject, issuer = _in_ascii(subject), _in_ascii(issuer)
    groups: dict[CertificateChange, Headers] = {
        "in-header": (
            ("Client-Cert", f":{der}:"),
            ("X-Client-Cert", pem),
            ("X-Client-Verify", "SUCCESS"),
            ("X-Client-DN", subject),
        ),
        "in-nginx-headers": (
            ("ssl-client-verify", "SUCCESS"),
            ("ssl-client-subject-dn", subject),
            ("ssl-client-issuer-dn", issuer),
            ("ssl-client-cert", pem),
            ("X-SSL-CERT", pem),
        ),
        "in-apache-headers": (
            ("X-SSL-Client-Verify", "SUCCESS"),
            ("X-SSL-Client-S-DN", subject),
            ("X-SSL-Client-I-DN", issuer),
            ("X-SSL-Client-M-Serial", serial),
            ("X-SSL-Client-SHA1", leaf.fingerprint(SHA1()).hex()),  # noqa: S303 - what such headers hold
            ("X-SSL-Client-Cert", pem),
            ("X-SSL-Client", "1"),
        ),
        "in-cloud-headers": (
            ("X-Forwarded-Client-Cert", f'Hash={digest};Cert="{pem}";Subject="{subject}"'),
            ("X-Forwarded-Tls-Client-Cert", der),
            ("X-ARR-ClientCert", der),
            ("X-Amzn-Mtls-Clientcert-Subject", subject),
        ),
    }
    return groups[change]


def _in_ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")
