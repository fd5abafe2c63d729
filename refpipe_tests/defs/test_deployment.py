"""What is shipped for a server says the same as what a home is given."""

from pathlib import Path

import yaml

from refpipe.defs.prepare_home import DAGSTER_URL_VARIABLE, configuration_of

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_a_servers_instance_is_configured_like_a_homes() -> None:
    shipped = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    assert shipped == configuration_of({"postgres_url": {"env": DAGSTER_URL_VARIABLE}})
