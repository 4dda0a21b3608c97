"""Accounts, the persons behind them, what they hold on segments, who is on call, and notices."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from guardian.mixins import GuardianUserMixin
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from orchestr.ids import Identified
from orchestr.people.functions import functions_of

if TYPE_CHECKING:
    from uuid import UUID


if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class PersonName(_Text):
    """A name; that of an erased person is empty, and read as such in the language of whoever reads."""

    def from_db_value(self, value: str, expression: Any, connection: Any) -> str:
        return value or _erased()


def _erased() -> str:
    return gettext("Erased person")


class Person(Identified):
    """A human being. Separation of duties counts persons, however many accounts they use.

    `salt` is that of the digests the audit log holds of what names this person; it goes when the person is erased.
    """

    name = PersonName(max_length=120)
    salt = models.BinaryField(
        null=True,
        db_default=models.Func(
            models.Func(function="gen_random_uuid"), function="uuid_send", output_field=models.BinaryField(null=True)
        ),
    )
    erased_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=12, default="en")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_person"

    def __str__(self) -> str:
        return self.name


class AccountManager(UserManager["Account"]):
    """An account made without a person, as `createsuperuser` does, gets one of its own."""

    def _create_user(self, username: str, email: str | None, password: str | None, **fields: Any) -> "Account":
        if "person" not in fields and "person_id" not in fields:
            fields["person"] = Person.objects.create(name=username, created_at=timezone.now())
        return super()._create_user(username, email, password, **fields)  # type: ignore[misc, no-any-return]


class Account(GuardianUserMixin, Identified, AbstractUser):
    """A sign-in of one person. Rights come from the account in use."""

    id: "UUID"
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")
    shortcuts = models.BooleanField(default=True, help_text=_("Single-key shortcuts are switched on."))
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    objects: ClassVar[AccountManager] = AccountManager()
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "orchestr_account"

    @cached_property
    def functions(self) -> frozenset[str]:
        """The functions this account holds, as read once for this request."""
        return functions_of(self)

    def get_full_name(self) -> str:
        return self.person.name

    get_short_name = get_full_name


class SegmentAccountGrant(UserObjectPermissionBase):
    """One right of one account on one segment and its descendants (guardian, direct key)."""

    content_object = models.ForeignKey("orchestr.Segment", on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        db_table = "orchestr_segment_account_grant"


class SegmentGroupGrant(GroupObjectPermissionBase):
    """One right of a group on one segment and its descendants (guardian, direct key)."""

    content_object = models.ForeignKey("orchestr.Segment", on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        db_table = "orchestr_segment_group_grant"


class Shift(Identified):
    """Who is on call from when until when (UTC), for one site or for all.

    An override takes the place of the other shifts it overlaps, for its own stretch and sites: see `rota/cover.py`.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="shifts")
    site = models.ForeignKey("orchestr.Site", on_delete=models.CASCADE, null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    override = models.BooleanField(default=False, db_default=False, help_text="Takes the place of other shifts.")
    zone = models.CharField(max_length=64, default="UTC", db_default="UTC", help_text="In which it was set.")
    feed = models.ForeignKey("orchestr.RotaFeed", on_delete=models.CASCADE, null=True, related_name="shifts")
    uid = models.CharField(max_length=300, default="", db_default="", blank=True, help_text="Its entry in the feed.")

    class Meta:
        db_table = "orchestr_shift"
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_ends_after_start")
        ]
        indexes = [models.Index(fields=["ends_at"])]


class Notice(Identified):
    """A durable word to one person; `reviews` delivers it. Carries ids and codes, never values."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=60)
    about = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)
    dedupe_key = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_notice"
        constraints = [models.UniqueConstraint(fields=["person", "dedupe_key"], name="notice_once_per_person")]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(delivered_at=None), name="notice_undelivered"),
            models.Index(fields=["person", "-created_at"]),
        ]
