import json

import pytest
import structlog

from portal.web import logs


@pytest.fixture(autouse=True)
def _configured():
    logs.install()
    yield
    structlog.reset_defaults()


def test_a_failure_is_one_line_that_names_the_place_and_not_the_values(capsys: pytest.CaptureFixture[str]):
    name = "王秀" + "英"  # joined here, so that the line of code that a traceback quotes does not hold it

    try:
        raise KeyError(len(name))
    except KeyError as error:
        structlog.get_logger().exception("request failed", exc_info=error)

    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event["event"] == "request failed"
    assert "test_logs.py" in event["exception"]
    assert "王秀英" not in line
