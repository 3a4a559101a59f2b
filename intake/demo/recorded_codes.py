"""What stands in the recorded MO where there is no value; `mo.ABSENT` means that there is no row at all."""

NOT_RECORDED, UNKNOWN, REFUSED, INVALID = -2, -3, -4, -5
