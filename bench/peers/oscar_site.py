"""Importing this configures Django for django-oscar; nothing is ever written to its database."""

from __future__ import annotations

import django
from django.conf import settings
from oscar import defaults

SITE_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.flatpages",
]
SHOPS = {
    "oscar.config": "Shop",
    "oscar.apps.catalogue.reviews.apps": "CatalogueReviewsConfig",
    "oscar.apps.wishlists.apps": "WishlistsConfig",
}
PARTS = (
    *("address", "analytics", "basket", "catalogue", "checkout", "communication", "customer"),
    *("dashboard", "offer", "order", "partner", "payment", "search", "shipping", "voucher"),
)
BOARDS = (
    *("catalogue", "communications", "offers", "orders", "pages", "partners", "ranges"),
    *("reports", "reviews", "shipping", "users", "vouchers"),
)
SHOP_APPS = [
    *(f"{module}.{name}" for module, name in SHOPS.items()),
    *(f"oscar.apps.{name}.apps.{name.title()}Config" for name in PARTS),
    *(f"oscar.apps.dashboard.{name}.apps.{name.title()}DashboardConfig" for name in BOARDS),
    *("widget_tweaks", "haystack", "treebeard", "django_tables2"),
]

settings.configure(
    **{name: value for name, value in vars(defaults).items() if name.startswith("OSCAR_")},
    INSTALLED_APPS=[*SITE_APPS, *SHOP_APPS],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    SECRET_KEY="bench",
    SITE_ID=1,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
