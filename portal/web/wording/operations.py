"""Sentences about the running of the house: keys, backups, and what a person takes along."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext

from portal.web.wording.amounts import day

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "old_keys_still_needed": lambda _: gettext("还有用旧密钥保护的数据，旧密钥不能删。"),
    "backup_folder_in_use": lambda _: gettext("备份要放进一个还没有的文件夹。"),
    "backup_changed": lambda facts: gettext("备份里的文件变了：%(file)s", file=facts["file"]),
    "backup_of_later_release": lambda _: gettext("备份是更新的版本做的。请先升级，再恢复。"),
    "database_not_empty": lambda _: gettext("数据库里已经有数据，不能往里恢复备份。"),
    "receipts_held": lambda _: gettext("正在备份或者整理票据，请过一会儿再试。"),
    "receipts_in_the_way": lambda _: gettext("放票据的地方已经有别的文件，不能往里恢复备份。"),
}

TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "quota_ends": lambda facts: gettext(
        "您家的参保名额，%(day)s前要定好给谁，过了这天就作废。登录颐田就能定。",
        day=day(date.fromisoformat(facts["last_day"])),
    ),
}

ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "values_renewed": lambda facts: gettext("换密钥，重新保护%(rows)s行数据", rows=facts["rows"]),
    "clock_accepted": lambda facts: gettext(
        "核对过时钟是准的；第%(sequence)s条记录的时间是时钟快的时候写的", sequence=facts["sequence"]
    ),
    "own_data_exported": lambda _: gettext("下载自己的信息"),
}
