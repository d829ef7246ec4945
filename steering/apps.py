from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SteeringConfig(AppConfig):
    """The committee and the sector it steers."""

    name = "steering"
    verbose_name = _("Ban Chỉ đạo và đơn vị")
