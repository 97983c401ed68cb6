"""Each plugin's own table of the configuration file."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pluggy
import pytest

from printserver.errors import ConfigurationError
from printserver.extension import hookimpl, hookspecs
from printserver.extension.sections import read_sections


class MailSection(msgspec.Struct, forbid_unknown_fields=True):
    to: str
    copies: int = 1


def manager_with(**answers: Any) -> pluggy.PluginManager:  # noqa: ANN401 - a hook's answer or what raises it
    manager = pluggy.PluginManager("printserver")
    manager.add_hookspecs(hookspecs)
    for name, answer in answers.items():
        manager.register(SimpleNamespace(printserver_config_section=hookimpl(giver(answer))), name=name)
    return manager


def giver(answer: Any) -> Callable[[], Any]:  # noqa: ANN401 - see above
    def printserver_config_section() -> Any:  # noqa: ANN401 - see above
        if isinstance(answer, Exception):
            raise answer
        return answer

    return printserver_config_section


MAIL = ("mail", MailSection)


def test_a_plugin_gets_its_own_table_with_its_defaults() -> None:
    manager = manager_with(mailer=MAIL, other=("quiet", MailSection))
    found = read_sections({"mail": {"to": "anna"}}, manager, "f.toml", strict=True)
    assert found["mailer"].table == {"to": "anna"}
    assert found["mailer"].form == MailSection(to="anna", copies=1)
    assert found["other"].table == {}
    assert found["other"].form is None


@pytest.mark.parametrize(
    ("table", "where"),
    [({"to": 3}, "plugin.mail.to"), ({"to": "a", "copy": 1}, "plugin.mail"), ({}, "plugin.mail")],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_wrong_table_names_file_and_key(table: dict[str, object], where: str, strict: bool) -> None:
    with pytest.raises(ConfigurationError) as slip:
        read_sections({"mail": table}, manager_with(mailer=MAIL), "f.toml", strict=strict)
    assert slip.value.where == f"f.toml: {where}"


def test_a_table_for_nobody_is_an_error_of_a_check_only() -> None:
    manager = manager_with(mailer=MAIL)
    with pytest.raises(ConfigurationError, match="no plugin has a section 'male'"):
        read_sections({"male": {}}, manager, "f.toml", strict=True)
    assert "male" not in read_sections({"male": {}}, manager, "f.toml", strict=False)


def test_two_plugins_for_one_section_get_nothing() -> None:
    manager = manager_with(one=MAIL, two=MAIL)
    with pytest.raises(ConfigurationError, match="one section"):
        read_sections({}, manager, "f.toml", strict=True)
    assert read_sections({"mail": {"to": "x"}}, manager, "f.toml", strict=False) == {}


@pytest.mark.parametrize("answer", [KeyError("broken"), "mail", ("mail",), ("mail", 3), 7])
def test_a_plugin_that_answers_nonsense_harms_no_other(answer: object) -> None:
    found = read_sections({"mail": {"to": "x"}}, manager_with(mailer=MAIL, odd=answer), "f.toml", strict=True)
    assert found["mailer"].form == MailSection(to="x")
