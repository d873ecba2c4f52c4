"""Who gets which mail, from the environment."""

import pytest

from alerts.settings import AlertSettings
from pipeline.settings import WrongSettingsError


def test_recipients_are_separated_by_commas():
    assert AlertSettings(to=" a@x.fr, b@x.fr ,,").recipients == ["a@x.fr", "b@x.fr"]


def test_the_environment_is_read_when_somebody_asks(monkeypatch: pytest.MonkeyPatch):
    assert AlertSettings().on == "failure"
    monkeypatch.setenv("ALERT_ON", "warning")
    monkeypatch.setenv("ALERT_ATTACH_REJECTED", "true")
    monkeypatch.setenv("ALERT_LANGUAGE", "fr")
    assert (AlertSettings().on, AlertSettings().attach_rejected) == ("warning", True)
    assert AlertSettings().language == "fr"


def test_a_wrong_value_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALERT_ON", "sometimes")
    with pytest.raises(WrongSettingsError, match=r"ALERT_ON: .*'failure' or 'warning'"):
        AlertSettings()
