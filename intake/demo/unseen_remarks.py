"""The part of the unseen wording that tells no value: what is not known or was not done, details, opening and end."""

from intake.demo.unseen_person_phrases import Alternatives, Said

UNSEEN_UNKNOWN: dict[str, tuple[Said, Said]] = {
    "entry_method": (
        ("No idea how they managed to get in.", "dont know how it was opened"),
        ("MOE N/K.", "Method unknown"),
    ),
    "entry_point": (
        ("We cannot work out which way they came in.", "not sure where they got in"),
        ("Point of ent N/K.",),
    ),
    "tool_used": (("I would not know what tool.", "dont know what they used"), ("Tool N/K.", "Implement unk")),
    "weapon_type": (("I am not sure if they were armed.", "couldnt tell if there was a weapon"), ("Weapon? N/K.",)),
    "n_offenders": (("I have no idea how many people.", "dont know how many"), ("No. of offs N/K.",)),
    "disguise": (("It was too dark to see a face.", "didnt get a look at them"), ("No descr.", "Face not seen")),
}  # fmt: skip
"""Said where an item was asked and the victim did not know."""

UNSEEN_DENIALS: dict[str, Alternatives] = {
    "entry_point": {
        "front_door": (("Nobody came in at the front door.", "the front door was ok"), ("F/door secure.",)),
        "rear_door": (("It was not the back door, that was fine.", "back door still shut"), ("R/door secure.",)),
        "garage": (("The garage has not been opened.", "garage is fine"), ("Garage secure.",)),
        "window_upper": (("The windows upstairs were all shut.", "not through upstairs"), ("1/f windows secure.",)),
    },
    "entry_method": {
        "smash_glass": (("None of the glass is broken.", "glass is all ok"), ("Glazing intact.", "No glass smashed")),
        "lever_prise": (("Nothing has been prised.", "it wasnt forced with a bar"), ("No sign of levering.",)),
        "lock_snap": (("They did not snap the lock.", "lock wasnt snapped"), ("Lock not snapped.",)),
    },
    "control_method": {
        "punch_kick": (("They never hit me.", "he didnt punch or kick me"), ("No violence used.",)),
        "show_weapon": (("He did not show me any weapon.", "never saw a weapon"), ("Weapon not produced.",)),
    },
    "approach": {
        "surprise_behind": (("It was not from behind.", "he didnt come up behind me"), ("Not app'd from rear.",)),
        "follow_from": (("Nobody had followed me.", "wasnt followed"), ("IP not foll'd.",)),
    },
}  # fmt: skip
"""Said of a value that is not the true one."""

UNSEEN_DETAILS: dict[str, tuple[tuple[str, str], ...]] = {
    "burglary_residential": (
        ("Our dog seems not to have minded.", "Dogs at addr."),
        ("The step ladder had been moved.", "Steps moved in gdn."),
        ("They had helped themselves to a drink.", "Offs consumed drink."),
        ("They carried things away in a duvet cover.", "Bedding used as bag."),
        ("There was a flyer hanging out of the door.", "Marker left at door."),
        ("A chair was jammed behind the door.", "Door wedged from within."),
    ),
    "robbery_personal": (
        ("I had to tell them my PIN.", "PIN demanded."),
        ("I asked for the SIM and got it.", "SIM handed back."),
        ("They walked me to the bank.", "Marched to bank."),
        ("My rucksack was found in a hedge.", "Bag found nearby."),
    ),
    "theft_from_person": (
        ("The zip had been undone.", "Zip opened."),
        ("Somebody dropped coins by me.", "Coins dropped."),
        ("It shows up on the map at a market.", "Tracked to mkt."),
        ("Someone has tapped my card since.", "Contactless fraud since."),
    ),
    "theft_from_vehicle": (
        ("Next door's car was hit too.", "Others in road."),
        ("Papers were all over the seats.", "Papers strewn."),
        ("They left the jack.", "Jack left."),
        ("The mirror was moved.", "Mirror moved."),
    ),
    "theft_of_vehicle": (
        ("Bits of plastic were lying on the ground.", "Debris at loc."),
        ("The app lost it on the motorway.", "App lost trace."),
        ("A patrol found it with other plates.", "Recov, cloned plates."),
        ("Someone took photographs of it last week.", "Poss recce prior wk."),
    ),
    "vehicle_interference": (
        ("They had gone from car to car.", "Trying cars."),
        ("A light was left burning inside.", "Interior lamp on."),
        ("The radio was hanging out.", "Radio pulled."),
        ("Somebody shouted and they left.", "Disturbed by res."),
    ),
}
"""What no coded field asks for, as many a group as in `phrases.DETAILS`."""

UNSEEN_OPENINGS: tuple[tuple[str, str], ...] = (
    ("Hello, ", "Offs N/K. "),
    ("I would like to report this please. ", "Between times given. "),
    ("To whom it may concern. ", "IP reports: "),
    ("", "Call recd. "),
)
UNSEEN_CLOSINGS: tuple[tuple[str, str], ...] = (
    ("Thanks.", "No further enqs."),
    ("I work nights so please do not ring before noon.", "HTH req'd."),
    ("I need a number for the insurance.", "No witnesses id'd."),
    ("", "Enq to cont."),
)
