"""What a person says to configure a folder of files."""

from orchestr.connectors.setup import Setting, Setup, gettext_noop

SETUP = Setup(
    title=gettext_noop("Files in a folder"),
    address="name",
    address_help=gettext_noop("A name for people, as in files:erp. The folder itself is the credential."),
    secrets=gettext_noop('the path of the folder, as {"folder": "/srv/erp"} or bare'),
    stages=("read",),
    settings=(
        Setting(
            name="feeds",
            title=gettext_noop("Files and their columns"),
            help=gettext_noop(
                "JSON: a list of files, each with `file`, `id` and `columns`, as the documentation of connectors has it."
            ),
            kind="json",
            shape="list",
            required=True,
        ),
    ),
)
