"""What police, locksmiths or the household did is no MO of an offender; what an offender did before their eyes is."""

from collections.abc import Callable

import pandas as pd
import pytest

from quality.text.actors import VICTIMS_OWN, is_others_act

B, R, F, T = "burglary_residential", "robbery_personal", "theft_from_vehicle", "theft_of_vehicle"

# Crime group and a text of which nothing may be read with certainty, since no offender did it.
OTHERS_ACTS = [
    (B, "Police forced entry via front door to check occupants."),
    (B, "Locksmith drilled the lock to let IP back in"),
    (B, "door kicked in by bailiffs"),
    (B, "IP smashed window to get in"),
    (R, "Victim used a hammer to chase offenders off"),
    (B, "Entry via front door denied by IP who says rear"),
    (B, "IP's son broke the kitchen window last week, not linked"),
    (B, "Attending officer's footwear mark only"),
    (B, "POLICE FORCED FRONT DOOR"),
    (B, "Officers had to smash the rear window"),
    (B, "Officers attended and forced the front door"),
    (B, "Front door kicked in by police"),
    (B, "Front door was forced open by the attending officers"),
    (B, "Rear door drilled by locksmith"),
    (B, "The locksmith snapped the lock"),
    (B, "Rear window smashed by the fire service"),
    (B, "Fire brigade smashed the rear window with a crowbar"),
    (B, "Paramedics forced the front door"),
    (B, "Ambulance crew smashed rear door glass for access to IP"),
    (B, "Landlord drilled out the lock"),
    (B, "Lock drilled by the landlord"),
    (B, "Bailiffs executed a warrant and forced the front door"),
    (B, "Front door forced for a welfare check"),
    (B, "Rear window smashed by IP to get back in"),
    (B, "The owner climbed in through the rear window"),
    (B, "Neighbour broke the rear window to get in"),
    (B, "IP locked herself out and smashed the rear window"),
    (B, "Resident had forced the rear door himself"),
    (B, "Family member kicked the front door in"),
    (B, "I broke the kitchen window to get in as I had no keys"),
    (B, "We smashed the rear door window to get in"),
    (B, "Drawers emptied and turned out by police"),
    (B, "Footwear mark left by officer"),
    (B, "Shoe print found to belong to IP"),
    (B, "Fingerprints eliminated as IP's"),
    (B, "IP's DNA found on the handle"),
    (F, "Window smashed by recovery driver"),
    (T, "Vehicle towed by recovery agents"),
    (T, "Recovery company lifted the car onto a truck"),
    (R, "Victim made off on foot"),
    (R, "Victim armed himself with a knife"),
    (R, "IP punched the offender"),
    (R, "Officers used pepper spray"),
    (B, "Laptop taken by police for examination"),
]

# The same people stand in the text, and the offender acts: crime group, text, everything that it says.
OFFENDERS_ACTS = [
    (B, "IP returned home and found rear door forced", "entry_point=rear_door"),
    (B, "Police attended, entry via rear door", "entry_point=rear_door"),
    (B, "Neighbour saw offender smash rear window", "entry_method=smash_glass entry_point=window_ground_rear"),
    (B, "Offender smashed rear window, disturbed by IP", "entry_method=smash_glass entry_point=window_ground_rear"),
    (B, "IP woke and heard offender kick in front door", "entry_method=bodily_force entry_point=front_door"),
    (B, "IP's front door kicked in", "entry_method=bodily_force entry_point=front_door"),
    (B, "Footwear mark lifted by police", "forensic_trace=footwear"),
    (B, "IP's CCTV captured offender", "forensic_trace=cctv"),
    (R, "IP punched in the face", "control_method=punch_kick"),
    (R, "Victim was threatened with a knife", "weapon_type=knife"),
    (R, "IP pushed to the floor", "control_method=push_grab"),
    (R, "IP approached from behind by a male", "approach=surprise_behind"),
    (R, "Offender made off on foot chased by officers", "escape=on_foot"),
    (B, "Males posing as police officers forced rear door", "entry_point=rear_door"),
    (B, "Police forced the front door, entry was via the rear window", "entry_point=window_ground_rear"),
    (B, "Locksmith attended after rear door forced by offender", "entry_point=rear_door"),
]  # fmt: skip

# Police, victims and neighbours who only see, hear, find and suffer: nothing in these is an act of theirs.
BYSTANDERS = [
    "Victim reports that suspect forced the rear door",
    "Police called by neighbour after front door smashed",
    "Officers attended and found rear window smashed",
    "Owner states rear door was kicked in",
    "Resident asleep when rear door forced",
    "IP came home and found the patio door forced",
    "Police arrested male who smashed rear window",
    "Rear door forced, police informed by tenant",
    "IP locked front door on leaving, offenders entered via rear window",
    "Unknown male forced rear door and was challenged by the owner",
    "Two males approached the victim and one used a knife",
    "IP hit over the head with a bottle",
    "Victim's phone grabbed by male on moped",
    "IP was walking when grabbed from behind",
    "Owner returned to car to find n/s window smashed",
    "IP's car window smashed with a brick",
    "Offender told IP he was from the recovery company and drove the car away",
    "Male claiming to be from the council gained entry via front door",
    "Footwear marks found by officers",
    "CCTV viewed by police shows offender",
    "Suspect dressed as police officer pulled out a knife",
    "IP woken by glass smashing at rear window",
    "Offenders forced rear door with a crowbar, seen by neighbours",
    "Keys taken from hallway by offenders, car driven off while family slept",
]


def certain(found: pd.DataFrame) -> set[str]:
    kept = found[~found["is_hedged"]]
    return {f"{item}={value}" for item, value in zip(kept["item_code"], kept["value_code"], strict=True)}


@pytest.mark.parametrize(("crime_group", "text"), OTHERS_ACTS)
def test_an_act_of_somebody_else_says_nothing(read: Callable[..., pd.DataFrame], crime_group: str, text: str):
    assert certain(read(text, crime_group=crime_group)) == set()


@pytest.mark.parametrize(("crime_group", "text", "says"), OFFENDERS_ACTS)
def test_an_offenders_act_is_read_whoever_else_stands_by(
    read: Callable[..., pd.DataFrame], crime_group: str, text: str, says: str
):
    assert set(says.split()) <= certain(read(text, crime_group=crime_group))


@pytest.mark.parametrize("text", BYSTANDERS)
@pytest.mark.parametrize("item", ["entry_method", "forensic_trace", "escape", "property_class_taken"])
def test_who_only_sees_hears_finds_or_suffers_has_not_acted(text: str, item: str):
    assert not is_others_act(item, text.lower().encode(), 0, len(text))


@pytest.mark.parametrize("item", sorted(VICTIMS_OWN))
def test_a_fact_of_the_victims_own_is_read_whoever_acts(item: str):
    assert not is_others_act(item, b"ip used the cash machine", 0, 24)
    assert is_others_act("tool_used", b"ip used the cash machine", 0, 24)


def test_what_stands_in_another_clause_is_not_touched():
    text = b"rear door forced, window smashed by police"
    assert not is_others_act("entry_point", text, 0, 16)  # rear door forced
    assert is_others_act("entry_method", text, 18, 32)  # window smashed
