"""The part of `unseen_phrases` that tells what was taken, and from or which vehicle."""

from intake.demo.unseen_person_phrases import Alternatives

UNSEEN_PROPERTY_PHRASES: dict[str, Alternatives] = {
    "property_class_taken": {
        "cash": (("They took money from the drawer.", "some cash has gone"), ("Cash stolen.", "money tkn")),
        "cards": (("My debit card has gone.", "they took my credit cards"), ("Bank card x2 stolen.", "C/cards tkn")),
        "jewellery_gold": (
            ("My mother's rings and a gold chain have been stolen.", "all my jewelery is gone"),
            ("Jewellery stolen.", "gold rings tkn"),
        ),
        "watch": (("They had my wrist watch.", "my rolex is gone"), ("Watch stolen.", "wristwatch tkn")),
        "phone": (("They got away with my iphone.", "my mobile was stolen"), ("Mob phone stolen.", "iPhone tkn")),
        "laptop_tablet": (
            ("My work computer, a lap top, is gone.", "they took an ipad"),
            ("Laptop stolen.", "Macbook/iPad tkn"),
        ),
        "games": (("The children's xbox has gone.", "my playstation got taken"), ("PS5 stolen.", "games console tkn")),
        "tv": (("The big telly was taken off the wall.", "they took the tv"), ("TV stolen.", "TV tkn from wall")),
        "keys_vehicle": (
            ("The keys for the car are missing.", "they took the car key off the hook"),
            ("Veh keys stolen.", "car key/fob tkn"),
        ),
        "keys_house": (
            ("They have the keys to our house.", "my door keys got taken"),
            ("House keys stolen.", "keys to prem tkn"),
        ),
        "number_plates": (
            ("Both number plates had been taken off.", "my reg plates are gone"),
            ("No. plates stolen.", "plates tkn f&r"),
        ),
        "catalytic_converter": (
            ("They have cut off the cat from under my car.", "my cataletic convertor was stolen"),
            ("Cat stolen.", "cat conv tkn"),
        ),
        "airbag": (
            ("The air bag was taken out of the wheel.", "steering airbag gone"),
            ("Air bag stolen.", "airbag tkn"),
        ),
        "tools_power": (
            ("All my work tools, drills and a saw, are gone.", "they took tools out of the van"),
            ("Tools stolen.", "drill & saw tkn"),
        ),
        "pedal_cycle": (("My push bike is gone.", "they took my bike"), ("P/cycle stolen.", "Mtn bike tkn")),
        "ebike": (("An e bike was stolen.", "they took my electric bicycle"), ("E-bike stolen.", "elec bike tkn")),
        "handbag_purse": (
            ("My purse was stolen.", "they grabbed my hand bag"),
            ("Handbag stolen.", "purse tkn"),
        ),
        "documents_id": (
            ("They took my driving licence.", "my pasport is gone"),
            ("ID docs stolen.", "passport/driving lic tkn"),
        ),
        "alcohol_tobacco": (
            ("Bottles of whisky and cigarettes have been taken.", "they took our booze"),
            ("Spirits/cigs stolen.", "alcohol tkn"),
        ),
        "meds": (
            ("My tablets from the doctor were taken.", "they took my medication"),
            ("Meds stolen.", "prescription meds tkn"),
        ),
        "none": (
            ("As far as I can tell they took nothing.", "nothing is missing"),
            ("No prop stolen.", "nil tkn"),
        ),
    },
    "vehicle_model_class": {
        "hatchback": (("Mine is a small hatchback.", "its a 5 door hatch"), ("V: hatch.", "hatchback IP veh")),
        "saloon": (("I drive a four door saloon.", "its a saloon car"), ("V: saloon.", "4dr saloon")),
        "estate": (("We have an estate.", "its an estate"), ("V: estate.", "est car")),
        "suv_4x4": (("It is one of those SUVs.", "its a land rover 4 x 4"), ("V: SUV.", "4WD")),
        "van": (("I drive a transit van.", "its my van"), ("V: van.", "LGV/van")),
        "premium": (("It is an expensive sports car.", "its a luxury car"), ("V: prestige.", "high value veh")),
        "motorcycle": (("It is a motorbike.", "its my moped"), ("V: m/cycle.", "motorcycle IP veh")),
        "other": (("It is a caravan.", "its another kind of vehicle"), ("V: other.", "other veh type")),
    },
}  # fmt: skip
"""Item -> value -> (plain, shorthand), each of two or three wordings."""
