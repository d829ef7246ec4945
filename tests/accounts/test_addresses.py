"""Addresses that no query should ever see."""

import pytest
from django.test import Client

from tests.cast import Cast


@pytest.mark.parametrize("address", ["/quan-tri/directives/document/?kind__exact=%00", "/quan-tri/%00/"])
def test_a_nul_in_an_address_is_a_bad_request(cast: Cast, client: Client, address: str) -> None:
    client.force_login(cast.secretary)
    assert client.get(address).status_code == 400
