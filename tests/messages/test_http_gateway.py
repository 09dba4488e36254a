import ipaddress
import json
import logging
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.messages.gateway import Outcome, SendResult, TextMessage
from portal.messages.http_gateway import HttpGateway
from tests.messages.gateway_server import (
    ACCOUNT,
    SECRET,
    answer,
    drip,
    hang_up,
    running_gateway,
    say_nothing,
)

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
PHONE = "13900000078"
MESSAGE = TextMessage("claim-0001-paid", PHONE, "您的补助已拨付。")


@pytest.fixture
def server():
    with running_gateway() as server:
        server.now = NOW.timestamp()
        yield server


def gateway(server, **changes):
    settings = {"url": server.url, "account": ACCOUNT, "secret": SECRET, "timeout": 2.0} | changes
    return HttpGateway(**settings)


def test_a_text_arrives_signed_and_whole(server):
    result = gateway(server).send(MESSAGE, NOW)

    assert result == SendResult(Outcome.ACCEPTED, receipt="sms-claim-0001-paid")
    assert server.sent == {MESSAGE.key: {"key": MESSAGE.key, "phone": PHONE, "text": MESSAGE.text}}


def test_handing_in_twice_sends_once(server):
    for _ in range(2):
        assert gateway(server).send(MESSAGE, NOW).outcome is Outcome.ACCEPTED

    assert server.requests == 2
    assert len(server.sent) == 1


def test_a_gateway_that_says_it_knows_the_key_has_accepted_it(server):
    server.answers = [answer(409, '{"id": "sms-before"}'), answer(409, "known")]

    assert gateway(server).send(MESSAGE, NOW) == SendResult(Outcome.ACCEPTED, receipt="sms-before")
    assert gateway(server).send(MESSAGE, NOW) == SendResult(Outcome.ACCEPTED)


def test_a_gateway_that_fails_once_gets_the_text_the_second_time(server):
    server.answers = [answer(500)]

    assert gateway(server).send(MESSAGE, NOW) == SendResult(Outcome.RETRY, "status_500")
    assert gateway(server).send(MESSAGE, NOW).outcome is Outcome.ACCEPTED
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (400, Outcome.REFUSED, "status_400"),
        (422, Outcome.REFUSED, "status_422"),
        (499, Outcome.REFUSED, "status_499"),
        (302, Outcome.RETRY, "status_302"),
        (401, Outcome.RETRY, "signature_refused"),
        (402, Outcome.RETRY, "account_empty"),
        (403, Outcome.RETRY, "account_refused"),
        (404, Outcome.RETRY, "address_wrong"),
        (429, Outcome.RETRY, "gateway_busy"),
        (503, Outcome.RETRY, "status_503"),
        (599, Outcome.RETRY, "status_599"),
    ],
)
def test_only_what_is_the_text_s_own_fault_is_final(server, status, outcome, reason):
    server.answers = [answer(status, Location="/elsewhere")]

    assert gateway(server).send(MESSAGE, NOW) == SendResult(outcome, reason)
    assert server.requests == 1


@pytest.mark.parametrize(
    ("header", "pause"),
    [("120", timedelta(minutes=2)), ("99999999", timedelta(hours=1)), ("soon", None), ("-5", None)],
)
def test_a_busy_gateway_says_how_long_to_wait(server, header, pause):
    server.answers = [answer(429, Retry_After=header)]

    assert gateway(server).send(MESSAGE, NOW) == SendResult(Outcome.RETRY, "gateway_busy", retry_after=pause)


@pytest.mark.parametrize("body", ["<html>log in to the network</html>", "[]", "{}", '{"id": 5}', "[" * 60000])
def test_a_page_that_is_not_the_gateway_s_does_not_swallow_the_text(server, body):
    server.answers = [answer(200, body)]

    assert gateway(server).send(MESSAGE, NOW) == SendResult(Outcome.RETRY, "answer_unreadable")


def test_a_gateway_that_says_nothing_is_left_after_the_time_limit(server):
    server.answers = [say_nothing]

    result = gateway(server, timeout=0.1).send(MESSAGE, NOW)

    assert result.outcome is Outcome.RETRY


def test_a_gateway_that_drips_is_left_after_the_time_limit(server):
    server.answers = [drip]

    result = gateway(server, timeout=0.2).send(MESSAGE, NOW)

    assert result.outcome is Outcome.RETRY


def test_a_gateway_that_hangs_up_is_tried_again(server):
    server.answers = [hang_up]

    assert gateway(server).send(MESSAGE, NOW) == SendResult(Outcome.RETRY, "gateway_unreachable")


def test_a_gateway_that_is_not_there_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]

    result = HttpGateway(f"http://127.0.0.1:{port}/", ACCOUNT, SECRET).send(MESSAGE, NOW)

    assert result == SendResult(Outcome.RETRY, "gateway_unreachable")


@pytest.mark.parametrize(
    "changes", [{"secret": b"another secret, not the right one"}, {"account": "someone-else"}]
)
def test_a_wrong_signature_loses_no_text(server, changes):
    assert gateway(server, **changes).send(MESSAGE, NOW) == SendResult(Outcome.RETRY, "signature_refused")
    assert server.sent == {}


def test_a_request_signed_long_ago_is_not_taken(server):
    result = gateway(server).send(MESSAGE, NOW - timedelta(minutes=6))

    assert result == SendResult(Outcome.RETRY, "signature_refused")


def test_each_request_has_its_own_nonce(server):
    for number in range(5):
        gateway(server).send(TextMessage(f"claim-000{number}", PHONE, "好"), NOW)

    assert len(server.nonces) == 5


def test_nothing_private_is_logged_or_printed(server, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    server.answers = [answer(400, json.dumps({"error": f"bad number {PHONE}"}))]

    result = gateway(server).send(MESSAGE, NOW)

    written, complained = capfd.readouterr()
    for shown in (written, complained, caplog.text, repr(MESSAGE), str(MESSAGE), repr(result)):
        assert PHONE not in shown
        assert MESSAGE.text not in shown


@pytest.mark.parametrize(
    "key", ["short", "with space in it", "line\nbreak-in-it", "钥匙钥匙钥匙钥匙", "k" * 65]
)
def test_a_key_that_could_not_travel_in_a_header_is_refused(key):
    with pytest.raises(ValueError, match="idempotency key"):
        TextMessage(key, PHONE, "好")


@pytest.mark.parametrize(
    "url", ["http://gateway.example/", "ftp://gateway.example/", "gateway.example", "https://"]
)
def test_texts_never_travel_in_the_open(url):
    with pytest.raises(ValueError, match="https"):
        HttpGateway(url, ACCOUNT, SECRET)


@pytest.mark.parametrize("changes", [{"secret": b"short"}, {"account": "县里\n"}])
def test_unusable_settings_stop_the_start(server, changes):
    with pytest.raises(ValueError, match=r"secret|account"):
        gateway(server, **changes)


def certificate(folder):
    """Make a self-signed certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "gateway.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_a_gateway_is_believed_only_with_a_certificate_that_somebody_vouches_for(server, tmp_path):
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    secure = {"url": server.url.replace("http:", "https:")}

    unknown = gateway(server, **secure).send(MESSAGE, NOW)
    known = gateway(server, **secure, tls=ssl.create_default_context(cafile=pem)).send(MESSAGE, NOW)

    assert unknown == SendResult(Outcome.RETRY, "gateway_unreachable")
    assert known.outcome is Outcome.ACCEPTED


def test_sending_leaves_no_thread_behind(server):
    sender = gateway(server)

    for number in range(3):
        sender.send(TextMessage(f"claim-000{number}", PHONE, "好"), NOW)

    assert not any(isinstance(thread, threading.Timer) for thread in threading.enumerate())
