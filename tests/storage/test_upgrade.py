import subprocess
import sys

from portal.storage import schema
from portal.storage.database import Database

START = """
import sys
from portal.storage import schema
from portal.storage.database import Database

schema.upgrade(Database(sys.argv[1]))
"""


def test_hosts_that_start_together_upgrade_one_after_the_other(empty_database: Database):
    url = empty_database.url.render_as_string(hide_password=False)
    with empty_database.engine.begin():
        pass  # an embedded database is a file by now, with its journal chosen

    hosts = [subprocess.Popen([sys.executable, "-c", START, url]) for _ in range(2)]

    assert [host.wait() for host in hosts] == [0, 0]
    with empty_database.engine.connect() as connection:
        assert schema.is_current(connection)
