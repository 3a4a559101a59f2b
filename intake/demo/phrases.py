"""Wording of MO in free text: for each value a plain sentence and one in police shorthand.

No names, addresses, descriptions of persons or registration marks: narratives tell what was done, not by whom.
"""

Wording = dict[str, tuple[str, str]]

PHRASES: dict[str, Wording] = {
    "entry_point": {
        "rear_door": ("They came in through the back door.", "POE rear door."),
        "front_door": ("They came in by the front door.", "POE FRONT DOOR, uPVC."),
        "window_ground_rear": ("Entry was through the kitchen window at the back.", "POE grd flr rear window."),
        "patio_french": ("They got in through the patio doors.", "POE patio drs."),
        "window_ground_front": ("They climbed in at the front living room window.", "POE grd flr front window."),
        "side_door": ("The side door was used to get in.", "POE side dr via alley."),
        "window_upper": ("Entry was through an upstairs window.", "POE 1st flr window."),
        "garage": ("They came through the garage into the house.", "POE via integral garage."),
        "communal": ("They got through the shared entrance of the flats.", "POE communal dr."),
        "letterbox": ("They worked through the letterbox.", "Access via letterbox."),
        "adjoining_property": ("They came through from the empty house next door.", "POE via adj property."),
        "skylight_roof": ("They came in through the skylight.", "POE roof/skylight."),
        "other": ("They got in another way.", "POE see below."),
    },
    "entry_method": {
        "insecure": ("It had been left unlocked, nothing was forced.", "Insecure, NO forced entry."),
        "lever_prise": ("The frame was prised open.", "O/S jemmied frame."),
        "smash_glass": ("The glass was smashed.", "Glass smashed to gain entry."),
        "bodily_force": ("It was kicked in.", "Dr kicked/shouldered in."),
        "lock_snap": ("The lock had been snapped.", "Euro cyl snapped."),
        "deception": ("They talked their way in.", "Entry by deception."),
        "reach_through": ("They reached through an opening.", "O/S fished keys/reached thru."),
        "key_found": ("They used a key that was left nearby.", "Key found at loc and used."),
        "key_stolen": ("They used keys stolen earlier.", "Used keys stolen prev."),
        "climb": ("They climbed up and in.", "Climbed to gain entry."),
        "lock_pick_bump": ("The lock seems to have been picked.", "Lock picked/bumped, no dmg."),
        "drill_cut": ("The lock was drilled out.", "Lock drilled/cut."),
        "signal_jam": ("The fob did not lock it, the signal must have been blocked.", "Susp fob jammer."),
        "relay_keyless": (
            "Keys were still in the house, the keyless signal was relayed.",
            "Susp relay attack, IP has both keys.",
        ),
        "obd_key_program": ("A new key was programmed through the port.", "Key cloned via OBD port."),
        "tow_lift": ("It was lifted on to a truck.", "Veh towed/lifted."),
        "peeled_door": ("The top of the door was bent down.", "Dr peeled from top."),
        "other": ("They got in another way.", "MOE other, see below."),
    },
    "tool_used": {
        "none": ("No tool seems to have been used.", "No instrument used."),
        "mole_grips": ("It looks like grips were used on the lock.", "Mole grips used."),
        "screwdriver": ("Marks look like a screwdriver.", "Instr: s/driver."),
        "crowbar_lever": ("A crowbar was used.", "Instr: jemmy/crowbar."),
        "brick_stone": ('A brick was left inside, "part of our wall".', "Brick used, on floor."),
        "hammer_centre_punch": ("A window punch or hammer was used.", "Instr: centre punch/hammer."),
        "cutter_grinder": ("A grinder was heard.", "Instr: cutter/grinder."),
        "electronic_device": ("Camera shows a box held against the door.", "Electronic device used."),
        "unknown_tool": ("Some tool was used, not known which.", "Unk instrument used."),
        "other": ("A home-made tool was used.", "Instr: other."),
    },
    "occupied": {
        "unoccupied_short": ("We were out at the time.", "Premises unocc, IP out."),
        "occupied_asleep": ("We were asleep upstairs.", "Occ asleep."),
        "unoccupied_long": ("We were away on holiday.", "IP away on hols."),
        "occupied_awake": ("We were in and awake.", "Occ in and awake."),
        "vacant": ("Nobody lives there at present.", "Void property."),
    },
    "search_style": {
        "untidy": ("Drawers were tipped out.", "Untidy search."),
        "tidy": ("Hardly anything was moved.", "Tidy search."),
        "targeted_single_room": ("Only one place was searched.", "Targeted search, 1 area only."),
        "whole_house": ("Every room was gone through.", "All rooms searched."),
        "none": ("Nothing was searched.", "No search made."),
    },
    "keys_then_car": {
        "yes": ("They took the car keys, then the car.", "Car key burg, veh taken."),
        "no": ("The car was not touched.", "Veh not taken."),
    },
    "approach": {
        "confront": ("They stood in front of me and blocked the way.", "O/S confronted IP."),
        "surprise_behind": ("They came from behind.", "Approached from behind."),
        "follow_from": ("I think I was followed.", "IP followed to loc."),
        "con_request": ("They asked me the time first.", "O/S asked for time/directions."),
        "ride_by": ("They rode past and grabbed it.", "Snatch, ride by."),
        "crowd_jostle": ("I was bumped in the crowd.", "IP jostled in crowd."),
        "bogus_official": ("They said they were officials.", "Bogus official."),
    },
    "control_method": {
        "verbal_threat": ("They threatened me.", "Verbal threats made."),
        "push_grab": ("I was pushed and grabbed.", "IP pushed/grabbed."),
        "show_weapon": ("They showed a weapon.", "Weapon shown."),
        "punch_kick": ("I was punched.", "IP punched/kicked."),
        "implied_weapon": ("They said they had something.", "Weapon intimated, not seen."),
        "weapon_used": ("They used a weapon on me.", "Weapon used on IP."),
        "restrain": ("I was held.", "IP restrained."),
    },
    "weapon_type": {
        "none": ("I did not see a weapon.", "No weapon seen."),
        "knife": ("It was a knife.", "Kitchen type knife."),
        "machete_large_blade": ("It was a large blade.", "Machete/lge blade."),
        "firearm_real_or_imitation": ("It looked like a gun.", "Poss imit firearm."),
        "blunt": ("It was a bat or bar.", "Blunt instr."),
        "noxious_substance": ("Something was sprayed.", "Noxious subst."),
        "other": ("It was something else.", "Weapon other."),
    },
    "n_offenders": {
        "1": ("There was one of them.", "1 x O/S."),
        "2": ("There were two of them.", "2 x O/S."),
        "3": ("There were three of them.", "3 x O/S."),
        "4": ("There were four of them.", "4 x O/S."),
        "5": ("There were five of them.", "5 x O/S."),
        "6": ("There were six of them.", "6 x O/S."),
    },
    "disguise": {
        "none": ("Faces were not covered.", "No disguise."),
        "hood": ("Hoods were up.", "Hood up."),
        "mask_balaclava": ("Faces were covered with masks.", "Bala/mask worn."),
        "crash_helmet": ("They kept crash helmets on.", "Crash helmet worn."),
        "hi_vis_uniform": ("They wore hi-vis jackets.", "Hi-vis worn."),
        "gloves_seen": ("They wore gloves.", "Gloves worn."),
        "other": ("They had hidden their faces somehow.", "Disguise other."),
    },
    "target_activity": {
        "walking_alone": ("I was walking home.", "IP walking alone."),
        "on_phone": ("I was on the phone.", "IP on phone."),
        "waiting_transport": ("I was waiting for the bus.", "IP at bus stop."),
        "withdrawing_cash": ("I had just been to the cash machine.", "IP at ATM."),
        "group": ("I was with friends.", "IP with friends."),
        "cycling": ("I was on my bike.", "IP cycling."),
        "delivering": ("I was delivering food.", "IP delivering."),
        "at_venue": ("I was in the pub.", "IP in lic prem."),
    },
    "escape": {
        "on_foot": ("They ran off.", "Made off on foot."),
        "pedal_cycle": ("They left on bicycles.", "M/O on pedal cycle."),
        "moped_motorcycle": ("They left on a moped.", "M/O on moped."),
        "escooter": ("They left on an electric scooter.", "M/O on e-scooter."),
        "car": ("They got into a car.", "M/O in veh."),
        "public_transport": ("They jumped on a bus.", "M/O by bus."),
    },
    "offender_vehicle": {
        "none_seen": ("No car was seen.", "No susp veh seen."),
        "yes": ("A car was waiting for them.", "Susp veh seen."),
    },
    "where_parked": {
        "driveway": ("It was on the drive.", "Veh on drive."),
        "street_residential": ("It was parked in the street.", "Veh parked o/s h/a."),
        "car_park": ("It was in the car park.", "Veh in car park."),
        "workplace": ("It was parked at work.", "Veh at place of work."),
        "garage": ("It was in the garage.", "Veh in garage."),
    },
    "keyless": {
        "yes": ("The car has keyless entry.", "Keyless veh."),
        "no": ("The car needs a key in the lock.", "Not keyless."),
    },
    "security_overcome": {
        "none": ("There is no alarm.", "No alarm fitted."),
        "alarm_disabled": ("The alarm had been disabled.", "Alarm disabled by O/S."),
        "alarm_activated": ("The alarm went off.", "Alarm activated."),
        "cctv_disabled": ("The camera had been turned away.", "CCTV turned/covered."),
        "light_removed": ("The bulb of the outside light was taken out.", "Sec light removed."),
        "immobiliser": ("They got past the immobiliser.", "Immob bypassed."),
    },
    "damage_level": {
        "none": ("There is no damage.", "No dmg."),
        "minor": ("There is a little damage.", "Minor dmg."),
        "moderate": ("There is some damage.", "Dmg to veh."),
        "major": ("There is a lot of damage.", "Extensive dmg."),
    },
    "forensic_trace": {
        "footwear": ("There is a shoe print.", "F/wear mark lifted."),
        "tool_mark": ("There are tool marks.", "Instr marks seen."),
        "finger": ("There are finger marks.", "F/prints poss."),
        "dna": ("There is blood on the glass.", "Poss DNA, swabbed."),
        "cctv": ("A neighbour has it on camera.", "CCTV avail."),
        "doorbell": ("The doorbell recorded it.", "Ring doorbell footage."),
        "none_found": ("Nothing useful was found.", "CSI attended, neg."),
        "not_examined": ("Nobody has come to examine it.", "No CSI."),
    },
}
"""Item -> value -> (plain, shorthand). Property and vehicle classes are worded from TAKEN and VEHICLES."""

TAKEN: dict[str, str] = {
    "cash": "cash", "cards": "bank cards", "jewellery_gold": "gold jewellery", "watch": "a watch",
    "phone": "a mobile phone", "laptop_tablet": "a laptop", "games": "a games console", "tv": "the television",
    "keys_vehicle": "car keys", "keys_house": "house keys", "number_plates": "the number plates",
    "catalytic_converter": "the catalytic converter", "airbag": "the airbag", "tools_power": "power tools",
    "pedal_cycle": "a bicycle", "ebike": "an electric bike", "handbag_purse": "a handbag",
    "documents_id": "a passport", "alcohol_tobacco": "alcohol", "meds": "medicines",
}  # fmt: skip
PHRASES["property_class_taken"] = {
    value: (f"{words.capitalize()} went missing.", f"Taken: {words}.") for value, words in TAKEN.items()
} | {"none": ("Nothing was taken.", "Nil stolen.")}

VEHICLES: dict[str, str] = {
    "hatchback": "hatchback", "saloon": "saloon", "estate": "estate car", "suv_4x4": "4x4", "van": "works van",
    "premium": "high value car", "motorcycle": "motorcycle", "other": "other vehicle",
}  # fmt: skip
PHRASES["vehicle_model_class"] = {
    value: (f"The vehicle is a {words}.", f"Veh: {words}.") for value, words in VEHICLES.items()
}

UNKNOWN_PHRASES: dict[str, tuple[str, str]] = {
    "entry_method": ("I do not know how they got in.", "U/K how entry gained."),
    "entry_point": ("I do not know where they got in.", "POE U/K."),
    "tool_used": ("I cannot say what was used.", "Instr U/K."),
    "weapon_type": ("I cannot say whether there was a weapon.", "Weapon U/K."),
    "n_offenders": ("I cannot say how many there were.", "No. of O/S U/K."),
    "disguise": ("I did not see their faces.", "Descr nil."),
}
"""Said where an item was asked and the victim did not know."""

DENIALS: dict[str, Wording] = {
    "entry_point": {
        "front_door": ("The front door was still locked.", "Front dr secure, not POE."),
        "rear_door": ("The back door was not touched.", "Rear dr intact."),
        "garage": ("They did not get into the garage.", "Garage not entered."),
        "window_upper": ("No upstairs window was open.", "No entry via 1st flr."),
    },
    "entry_method": {
        "smash_glass": ("No glass was broken.", "No broken glass."),
        "lever_prise": ("There are no jemmy marks.", "No instr marks to frame."),
        "lock_snap": ("The lock is not damaged.", "Cyl intact, not snapped."),
    },
    "control_method": {
        "punch_kick": ("Nobody was hit.", "No assault."),
        "show_weapon": ("No knife was shown.", "No weapon produced."),
    },
    "approach": {
        "surprise_behind": ("They did not come from behind.", "Not from behind."),
        "follow_from": ("I do not think I was followed.", "IP not followed."),
    },
}
"""Said of a value that is not the true one: what a reader of the text must not take for the MO."""

DETAILS: dict[str, tuple[tuple[str, str], ...]] = {
    "burglary_residential": (
        ("The dog did not bark.", "Dog in prem."),
        ("A ladder from the shed was left on the lawn, not ours.", "Ladder moved."),
        ("They ate food from the fridge.", "Food eaten at scene."),
        ("A pillow case is missing as well.", "Pillow case used to carry."),
        ("A leaflet had been stuck in the door all week.", "Leaflet left in dr."),
        ("The side gate was bolted from the inside afterwards.", "Exit blocked by O/S."),
    ),
    "robbery_personal": (
        ("They made me give the pass code.", "Pass code demanded."),
        ("They gave the SIM card back.", "SIM returned."),
        ("They made me walk to the park.", "IP walked to park."),
        ("They threw my bag over a wall.", "Bag discarded."),
    ),
    "theft_from_person": (
        ("My bag was zipped but open when I looked.", "Bag unzipped."),
        ("Something was spilt on my coat.", "Spillage distraction."),
        ("The phone was tracked to a shopping centre.", "Phone tracked."),
        ("The card was used soon after, contactless.", "Card used, contactless x 3."),
    ),
    "theft_from_vehicle": (
        ("Other cars in the road were done too.", "Linked vehs in st."),
        ("The glove box was left open.", "Glove box open."),
        ("The spare wheel was left behind.", "Spare whl left."),
        ("The seat was pushed back.", "Seat moved."),
    ),
    "theft_of_vehicle": (
        ("Broken number plates were left on the ground.", "VRM plates left."),
        ("The tracker stopped after ten minutes.", "Tracker lost."),
        ("It was found two streets away with false plates.", "Rec'd on false plates."),
        ("A car had been seen driving slowly past.", "Slow drive past."),
    ),
    "vehicle_interference": (
        ("Door handles were tried along the road.", "Trying dr handles."),
        ("The interior light was on.", "Int light on."),
        ("The dash was pulled out.", "Dash disturbed."),
        ("They were disturbed and left.", "O/S disturbed."),
    ),
}
"""What no coded field asks for."""

OPENINGS: tuple[tuple[str, str], ...] = (
    ("", "O/S unk. "),
    ("I am reporting this because it has happened before. ", "Btwn times stated. "),
    ("Reported online. ", "IP states: "),
    ("", "MOP called in. "),
)
CLOSINGS: tuple[tuple[str, str], ...] = (
    ("", "NFA at this time."),
    ("Please contact me by email.", "H2H to be done."),
    ("I have kept everything as it was, thank you.", "No wits."),
    ("", "Enqs ongoing."),
)
