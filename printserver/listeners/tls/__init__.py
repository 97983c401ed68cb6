"""TLS before the site: the certificate, made here or the user's own, and the factory that encrypts connections."""

from .identity import Identity, fingerprint, read_identity
from .own import OwnCertificate, names_of_host
from .serving import CertificateKeeper, GivenCertificate, encrypted

__all__ = [
    "CertificateKeeper", "GivenCertificate", "Identity", "OwnCertificate", "encrypted", "fingerprint", "names_of_host",
    "read_identity",
]  # fmt: skip
