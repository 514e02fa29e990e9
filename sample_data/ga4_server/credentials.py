"""A throw-away service account and a certificate of this machine: what a client needs to come in over TLS."""

import atexit
import ipaddress
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from google.auth import exceptions, jwt

from sample_data.ga4_server.refusal import not_signed_in

AUDIENCE = "https://analyticsdata.googleapis.com/"
ACCOUNT = "careful@sample-project.iam.gserviceaccount.com"
GOOD_FOR = timedelta(days=30)
ROOTS_VARIABLE = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"


@dataclass(frozen=True)
class Credentials:
    """Files in one folder.

    Args:
        roots: the certificate a client has to trust (GRPC_DEFAULT_SSL_ROOTS_FILE_PATH). key: the server's own.
        credentials: the service account's JSON, whose `public` part the server knows.
    """

    roots: Path
    key: Path
    credentials: Path
    public: str

    def insist(self, authorization: str | None) -> None:
        """Raises Refusal unless the header carries a token signed by the service account, for this API, in time."""
        token = (authorization or "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, certs=self.public, audience=AUDIENCE, clock_skew_in_seconds=10)
        except (ValueError, exceptions.GoogleAuthError) as error:
            raise not_signed_in() from error
        if claims.get("iss") != ACCOUNT:
            raise not_signed_in()


def make(folder: Path) -> Credentials:
    """Makes a certificate for localhost and a service account, both new, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    server_key = ec.generate_private_key(ec.SECP256R1())
    account_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate("localhost", server_key)
    made = Credentials(
        folder / "roots.pem",
        folder / "server-key.pem",
        folder / "service-account.json",
        _certificate(ACCOUNT[:60], account_key).decode(),
    )
    made.roots.write_bytes(certificate)
    made.key.write_bytes(_private(server_key))
    account = {
        "type": "service_account",
        "project_id": "sample-project",
        "private_key_id": "throw-away",
        "private_key": _private(account_key).decode(),
        "client_email": ACCOUNT,
        "client_id": "1",
        "token_uri": "https://127.0.0.1:9/never-asked",
    }
    made.credentials.write_text(json.dumps(account), encoding="utf-8")
    for secret in (made.key, made.credentials):
        secret.chmod(0o600)
    return made


@cache
def of_this_process() -> Credentials:
    """One set for the process, trusted by every gRPC channel that is opened after the first call.

    gRPC reads ROOTS_VARIABLE once, when it first needs it: call this before any channel over TLS is opened.
    """
    made = make(Path(tempfile.mkdtemp(prefix="careful-ga4-")))
    os.environ[ROOTS_VARIABLE] = str(made.roots)
    atexit.register(shutil.rmtree, made.roots.parent, ignore_errors=True)
    return made


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(name: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + GOOD_FOR)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
