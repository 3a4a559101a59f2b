"""Done once after installing, so that no refresh waits for it: parse the dbt project and compile the kernels."""

import sys

from assets.dbt_models import parse_project
from linkage.warm_up import compile_kernels


def prepare() -> None:
    """Parse the dbt project and compile every kernel of the linkage library into its cache."""
    parse_project()
    compile_kernels()


if __name__ == "__main__":
    prepare()
    sys.exit(0)
