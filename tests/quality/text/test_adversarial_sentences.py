"""What a hurried reader would take wrongly: denials, doubts, short forms, other crimes, contradictions."""

from collections.abc import Callable

import pandas as pd
import pytest

B, R, P = "burglary_residential", "robbery_personal", "theft_from_person"
F, T = "theft_from_vehicle", "theft_of_vehicle"

# Crime group, text, and everything that it says; `?` after what its writer doubts.
SENTENCES = [
    # Denied
    (B, "No forced entry.", ""),
    (B, "NO SIGNS OF FORCE", ""),
    (B, "Rear door not forced.", ""),
    (B, "The front door was still locked and had not been forced.", ""),
    (B, "Entry was not via the rear door.", ""),
    (B, "Entry not gained via front dr", ""),
    (B, "They did not smash the window.", ""),
    (B, "Neither the rear door nor the front door was forced.", ""),
    (B, "No broken glass, jemmy marks or footwear marks.", ""),
    (B, "No jemmy marks, broken glass or other damage to frame.", ""),
    (B, "No sign of the lock having been snapped", ""),
    (B, "Lock snapping ruled out.", ""),
    (B, "Glass was never broken", ""),
    (B, "Didn't come in the back door", ""),
    (B, "Didn\u2019t come in the back door", ""),
    (B, "Without any window being smashed", ""),
    (B, "Garage not entered.", ""),
    (B, "Unable to gain entry via rear door.", ""),
    (R, "IP did not see a weapon.", "weapon_type=none"),
    (R, "No knife seen.", ""),
    (R, "Nobody was punched.", ""),
    (R, "No threats made", ""),
    (R, "They were not wearing masks", "disguise=none"),
    (R, "IP not followed", ""),
    (F, "Nil damage.", "damage_level=none"),
    (F, "CCTV neg.", ""),
    (F, "DNA: nil", ""),
    (F, "No CCTV, no fingerprints", ""),
    (F, "The alarm did not go off", ""),
    (T, "Not keyless.", "keyless=no"),
    # A denial ends with its clause
    (B, "No forced entry, rear door insecure.", "entry_method=insecure entry_point=rear_door"),
    (B, "No forced entry but POE rear door", "entry_point=rear_door"),
    (B, "NOT FRONT DOOR. POE REAR DOOR.", "entry_point=rear_door"),
    (B, "Rear dr not forced; rear window smashed", "entry_method=smash_glass entry_point=window_ground_rear"),
    (F, "No alarm fitted, window smashed", "entry_method=smash_glass security_overcome=none"),
    (B, "Rear door kicked in but not the front door", "entry_method=bodily_force entry_point=rear_door"),
    (B, "Nothing was stolen but the glass was smashed", "entry_method=smash_glass property_class_taken=none"),
    (B, "No witnesses rear door smashed", "entry_point=rear_door"),
    # Words of denial that deny nothing
    (B, "No doubt they came in through the back door", "entry_point=rear_door"),
    (B, "Not only was the rear door forced", "entry_point=rear_door"),
    (B, "IP did not hear them kick in the front door", "entry_method=bodily_force entry_point=front_door"),
    (B, "Burglary at no. 12, POE rear door", "entry_point=rear_door"),
    (R, "Knife used, not recovered", "weapon_type=knife"),
    # Twice denied
    (F, "It is not true that there was no damage", ""),
    (B, "The door was not unlocked", ""),
    # Doubted
    (B, "Poss entry via rear door", "entry_point=rear_door?"),
    (B, "POE ?rear door", "entry_point=rear_door?"),
    (B, "POE rear door?", "entry_point=rear_door?"),
    (B, "Entry believed to be via patio doors", "entry_point=patio_french?"),
    (B, "They may have used a screwdriver", "tool_used=screwdriver?"),
    (B, "Unk if lock was snapped", "entry_method=lock_snap?"),
    (B, "Lock picked poss.", "entry_method=lock_pick_bump?"),
    (T, "susp relay attack", "entry_method=relay_keyless?"),
    (R, "IP thinks they had a machete", "weapon_type=machete_large_blade?"),
    # Certain beats doubted
    (B, "Poss via front door. Confirmed entry via rear door.", "entry_point=rear_door"),
    # Two values where one can be true: neither
    (B, "Entry via rear door. Entry via front door.", ""),
    (R, "There were two of them. There were three of them.", ""),
    # Several values where several can be true, and what excludes them
    (B, "Stolen: laptop and cash", "property_class_taken=laptop_tablet property_class_taken=cash"),
    (B, "CSI attended, neg. Shoe print found.", "forensic_trace=footwear"),
    (B, "Laptop taken, television left untouched", "property_class_taken=laptop_tablet property_ignored=tv"),
    # Another crime
    (B, "Same as last week's burglary at no 12, front door kicked in", ""),
    (B, "Linked job: rear door forced.", ""),
    (B, "POE rear door, same MO as the burglary at number 9 where the window was smashed", "entry_point=rear_door"),
    (B, "Last month the front door was kicked in, this time they came through the back door.", "entry_point=rear_door"),
    (B, "Neighbour was also burgled via the patio doors. POE rear door.", "entry_point=rear_door"),
    (B, "Previous burglary: lock snapped. Window smashed.", "entry_method=smash_glass"),
    # Enquiry, administration, habit: nothing there tells what the offender did
    (B, "Elimination prints needed from the cleaner", ""),
    (B, "House across the road has CCTV covering the street", ""),
    (B, "Victim normally leaves the rear window open for the cat", ""),
    (B, "CCTV enquiries ongoing, rear door forced", "entry_point=rear_door"),
    (T, "Usually parked on the drive", ""),
    # Another place or person
    (T, "Car was found at a retail park the next day", ""),
    (T, "Stolen from outside address, since recovered abandoned in a car park", "where_parked=street_residential"),
    (R, "Two males robbed a student with a knife at the same bus stop last week", ""),
    (R, "I got on the bus and went home", ""),
    (B, "Same thing happened to next door in May, patio door smashed", ""),
    # Tried, passed over
    (R, "He reached for my phone but I kept hold of it", ""),
    (B, "They ignored my laptop and cash", "property_ignored=laptop_tablet property_ignored=cash"),
    (B, "They left the house with a tv", ""),
    (B, "Nothing taken from upstairs but laptop gone from the lounge", "property_class_taken=laptop_tablet"),
    # Sense of a word
    (R, "Bottle of wine stolen", "property_class_taken=alcohol_tobacco"),
    (R, "He wore a school uniform", ""),
    (R, "Male was 6 foot, 6 foot male", ""),
    (F, "Coins from the centre console taken", "property_class_taken=cash"),
    (T, "Unlocks as you walk up with the fob in your pocket", "keyless=yes"),
    # About so many
    (R, "Approx 5 or 6 males", ""),
    (R, "Around 20 youths on bikes", "n_offenders=10_plus"),
    # Way out is not way in
    (B, "Exit via rear door.", ""),
    (B, "Entry via front door and exited via rear door.", "entry_point=front_door"),
    # Short forms, slips, shape
    (B, "POE GRD FLR REAR WDW", "entry_point=window_ground_rear"),
    (B, "poe r/o dr, euro cyl snapped o/n", "entry_method=lock_snap entry_point=rear_door"),
    (B, "Point of\nentry: rear\ndoor", "entry_point=rear_door"),
    (B, "  POE   REAR\t  DR ", "entry_point=rear_door"),
    (B, "Entry via \u201crear door\u201d", "entry_point=rear_door"),
    (B, "Entrée via rear door \u2013 glass smashed", "entry_method=smash_glass entry_point=rear_door"),
    (B, "wdw smshd", "entry_method=smash_glass"),
    (T, "Veh TWOC'd o/s h/a, prev parked on dr/way", "where_parked=street_residential"),
    (
        R,
        "2 x O/S, bala worn, M/O on moped",
        "disguise=mask_balaclava escape=moped_motorcycle n_offenders=2 offender_vehicle=yes",
    ),
    (F, "OSF window smashed, tools stolen", "entry_method=smash_glass property_class_taken=tools_power"),
    # Words that only look alike
    (F, "Glove box open", ""),
    (R, "The phone was tracked", ""),
    (P, "IP was watching TV when the bag was taken", "property_class_taken=handbag_purse"),
    (T, "Seen on the housing estate", ""),
    (B, "Advised to fit an alarm and use the front door", ""),
    (R, "IP ran off", ""),
    (B, "Leaflet posted through the letterbox", ""),
    (B, "He said the front door", ""),
]  # fmt: skip


@pytest.mark.parametrize(("crime_group", "text", "said"), SENTENCES, ids=[text[:60] for _, text, _ in SENTENCES])
def test_a_sentence_says_this_and_no_more(crime_group: str, text: str, said: str, read: Callable[..., pd.DataFrame]):
    found = read(text, crime_group=crime_group)
    values = {
        f"{row.item_code}={row.value_code}{'?' if row.is_hedged else ''}" for row in found.itertuples(index=False)
    }
    assert values == set(said.split())
