"""Other wording of the same facts: what nobody had before them who wrote rules against `phrases`.

A force's writers have words of their own, abbreviate as they please, mistype, hedge and put things the other way
round. Each value has two or three wordings in plain English and two or three in shorthand; every one of them states
the fact. No names, addresses, descriptions of persons or registration marks.
"""

from intake.demo.unseen_person_phrases import UNSEEN_PERSON_PHRASES, Alternatives
from intake.demo.unseen_property_phrases import UNSEEN_PROPERTY_PHRASES

UNSEEN_PHRASES: dict[str, Alternatives] = UNSEEN_PERSON_PHRASES | UNSEEN_PROPERTY_PHRASES | {
    "entry_point": {
        "rear_door": (
            ("Whoever it was got in via the kitchen door at the rear of the house.",
             "the back dor is how they came in"),
            ("Ent via R/door.", "access gained thru rear kitchen dr", "OFFS entered by back door."),
        ),
        "front_door": (
            ("It was the main door on the street side that they used.", "Somebody has come in through our front dor."),
            ("Ent via F/door.", "access gained thru main front dr"),
        ),
        "window_ground_rear": (
            ("A downstairs window round the back is where they climbed through.",
             "they came in the rear dining room window"),
            ("Ent via g/f rear win.", "access thru back kitchen window"),
        ),
        "patio_french": (
            ("The french windows onto the garden were how they got inside.", "came in by the sliding patio door"),
            ("Ent via french drs to rear gdn.", "access thru patio dr"),
        ),
        "window_ground_front": (
            ("They used the downstairs bay window facing the road.",
             "somone climbed thru the lounge window at the front"),
            ("Ent via g/f front win.", "access thru bay window to front"),
        ),
        "side_door": (
            ("It was the door down the side of the house they came in by.",
             "they got in at the utility door on the side"),
            ("Ent via side door.", "access thru s/door off passage"),
        ),
        "window_upper": (
            ("A bedroom window upstairs was how they came in.",
             "they got up and in by the first floor bathroom window"),
            ("Ent via 1/f bedroom window.", "access thru upstairs win"),
        ),
        "garage": (
            ("They got into the garage first and then through the inside door.", "came in from the garage side"),
            ("Ent via garage and connecting dr.", "access thru garage into prem"),
        ),
        "communal": (
            ("The main door to the block was how they got in.", "they came in with the comunal entrance to our flats"),
            ("Ent via communal front entrance.", "access thru main dr of block"),
        ),
        "letterbox": (
            ("Somebody put something in through the letter box to get at it.", "they used the letter box"),
            ("Ent gained via letter box.", "L/box used"),
        ),
        "adjoining_property": (
            ("They broke through the wall from the property next to ours.", "came over from the adjoining house"),
            ("Ent via void next door.", "access thru adjoining prem"),
        ),
        "skylight_roof": (
            ("They took off roof tiles and dropped down inside.", "came in from the roof light"),
            ("Ent via roof.", "access thru sky light"),
        ),
        "other": (
            ("It was not a door or a window that they came in by.", "they got in some other way than you list"),
            ("Ent other than dr/win.", "access other, see report"),
        ),
    },
    "entry_method": {
        "insecure": (
            ("I must have forgotten to lock up, so they just walked in.", "it wasnt locked"),
            ("Left insecure.", "U/L, no force needed.", "not locked by IP, no sign of force"),
        ),
        "lever_prise": (
            ("Somebody levered it open, the wood is split along the edge.", "it has been jimmied"),
            ("Levered.", "forced w/ pry bar to edge", "F/E - prised at lock height"),
        ),
        "smash_glass": (
            ("The pane had been broken and there was glass on the floor.",
             "they broke the window to get in, glass everywere"),
            ("Window put thru.", "pane broken, ent via hole", "Glazing smashed"),
        ),
        "bodily_force": (
            ("It had been booted in.", "someone barged it open with a shoulder"),
            ("Booted in.", "forced by shoulder charge", "F/E by kicking"),
        ),
        "lock_snap": (
            ("The barrel of the lock had been broken in half.", "they snapped the euro lock"),
            ("Lock barrel snapped.", "cylinder broken off", "Snapped lock"),
        ),
        "deception": (
            ("They tricked my mother into letting them in.", "he pretended to need a glass of water so we let him in"),
            ("Distraction burg, let in by IP.", "ent by trick"),
        ),
        "reach_through": (
            ("An arm or a stick must have been put through the gap to hook them out.",
             "they hooked the keys out thru the flap"),
            ("Fishing MO.", "hook and cane thru gap", "reached in"),
        ),
        "key_found": (
            ("They found the spare key under a flower pot and let themselves in.", "used the key from the key safe"),
            ("Spare key located by offs and used.", "used key from under mat"),
        ),
        "key_stolen": (
            ("They had our keys from the theft last week.", "they used a key that had been pinched before"),
            ("Used keys from prev theft.", "stolen key used"),
        ),
        "climb": (
            ("They shinned up the drainpipe.", "someone must have climbed over the flat roof to get in"),
            ("Climbed drainpipe.", "scaled wall and in"),
        ),
        "lock_pick_bump": (
            ("The locksmith thinks that the lock was bumped.", "no damage at all, lock was picked I am told"),
            ("Poss bumped.", "lock manipulated/picked"),
        ),
        "drill_cut": (
            ("A hole had been drilled beside the lock.", "they cut thru the lock"),
            ("Drilled.", "lock cut off", "Cut thru"),
        ),
        "signal_jam": (
            ("My remote did not work when I locked up, something was jamming it.", "they jammed the key fob"),
            ("Fob blocked, jamming device.", "remote lock jammed"),
        ),
        "relay_keyless": (
            ("They boosted the signal from the key in our hall.", "it went without the keys, a relay job"),
            ("Relay theft.", "keyless relay, keys still w/ IP"),
        ),
        "obd_key_program": (
            ("Somebody plugged into the diagnostic socket and made themselves a key.",
             "they coded a new key from the obd"),
            ("OBD port accessed, new key coded.", "key programmed thru diag port"),
        ),
        "tow_lift": (
            ("It was winched on to a recovery lorry.", "a flatbed took it away"),
            ("Lifted onto low loader.", "towed away by flatbed"),
        ),
        "peeled_door": (
            ("The door frame was folded back at the top corner.", "they peeled the door down"),
            ("Door skin peeled.", "peel and steal"),
        ),
        "other": (
            ("They got in by some means that I have not heard of before.", "none of the usual ways of getting in"),
            ("Method other.", "Entry method n/listed"),
        ),
    },
    "tool_used": {
        "none": (
            ("They did not need any tool.", "no tools were used as far as I can see"),
            ("Nil tools.", "No implement used"),
        ),
        "mole_grips": (
            ("It had been gripped with mole grips.", "pliers or mole grips had been on the lock"),
            ("Molegrips.", "Grips to cyl"),
        ),
        "screwdriver": (
            ("They left a flat screw driver behind.", "looks like they used a screwdriver, small flat dents"),
            ("SD used.", "Flathead screwdriver"),
        ),
        "crowbar_lever": (
            ("A pry bar must have been used.", "there are marks from a jemmy"),
            ("Crow bar.", "Pry bar / case opener"),
        ),
        "brick_stone": (
            ("A rock had been thrown at it.", "I found half a brick in the room"),
            ("Stone thrown.", "1/2 brick used as impl"),
        ),
        "hammer_centre_punch": (
            ("It was done with a small hammer I think.", "one of those glass punches was used"),
            ("Ctr punch.", "Hammer used"),
        ),
        "cutter_grinder": (
            ("Neighbours heard an angle grinder.", "bolt cutters were used"),
            ("Angle grinder.", "Bolt croppers"),
        ),
        "electronic_device": (
            ("They had some electronic gadget with an aerial.", "a laptop sort of device was used"),
            ("Elec device/aerial.", "Electronic gadget used by offs"),
        ),
        "unknown_tool": (
            ("They used a tool of some sort, I could not say what.", "some kind of tool, unsure which"),
            ("Tool used, type N/K.", "unidentified implement"),
        ),
        "other": (
            ("A bent bit of wire was what they used.", "they used a thing they had made themselves"),
            ("Implement: other.", "Homemade tool"),
        ),
    },
    "occupied": {
        "unoccupied_short": (
            ("I had only popped out to the shops.", "nobody was home, we were at work"),
            ("IP at work.", "prem unattended, occs out for short time"),
        ),
        "occupied_asleep": (
            ("All of us were in bed and heard nothing.", "I was asleep when it hapened"),
            ("Occs in bed.", "IP asleep in prem", "sleeping occs"),
        ),
        "unoccupied_long": (
            ("We got back from two weeks in Spain and found it.", "we were on holliday"),
            ("Occs on holiday.", "IP away abroad x 2 wks"),
        ),
        "occupied_awake": (
            ("I was watching television in the other room.", "I was in the house and up when they came in"),
            ("IP present and awake.", "occs at home, not asleep"),
        ),
        "vacant": (
            ("The place is empty until the new tenants arrive.", "house is vacant, up for sale"),
            ("Empty prem, no occs.", "Vacant prop"),
        ),
    },
    "search_style": {
        "untidy": (
            ("They made a terrible mess, everything was thrown about.", "place was ransacked"),
            ("Ransacked.", "messy search", "contents strewn"),
        ),
        "tidy": (
            ("It was so neat that we did not notice at first.", "they searched neatly, put things back"),
            ("Neat search.", "search tidy, min disturbance"),
        ),
        "targeted_single_room": (
            ("They went straight for one room and left the rest alone.", "just the one place was gone through"),
            ("1 room only searched.", "went direct to one area"),
        ),
        "whole_house": (
            ("They had been through the whole place from top to bottom.", "all the rooms were searched"),
            ("Full search of prem.", "every rm searched"),
        ),
        "none": (
            ("They did not look for anything else.", "no search, nothing gone through"),
            ("Nil search.", "not searched"),
        ),
    },
    "keys_then_car": {
        "yes": (
            ("They found the keys inside and drove off in our car.", "they took my car with the keys from the hall"),
            ("Keys taken from prem, car stolen.", "2-in-1 burg", "Car keys then veh off drive"),
        ),
        "no": (
            ("Our car is still here.", "they didnt take the car"),
            ("Car left in situ.", "no veh stolen"),
        ),
    },
    "where_parked": {
        "driveway": (
            ("I had left it on our driveway.", "was parked on the drive"),
            ("Pkd on driveway.", "on drive at h/a"),
        ),
        "street_residential": (
            ("I had to leave it on the road outside.", "was parked on the street by my house"),
            ("Pkd on street.", "on road o/s address"),
        ),
        "car_park": (
            ("I had parked in the multi storey.", "was in a carpark"),
            ("Pkd in c/park.", "in multi-storey"),
        ),
        "workplace": (
            ("It stood in the yard at my job.", "was at my work"),
            ("Pkd at works yard.", "at IP's workplace"),
        ),
        "garage": (
            ("It had been locked away in my garage.", "was in the garage"),
            ("Pkd in garage.", "garaged"),
        ),
    },
    "keyless": {
        "yes": (
            ("You do not need to take the key out to start it.", "its a keyless car"),
            ("Keyless start.", "Keyless entry fitted"),
        ),
        "no": (
            ("You have to turn a key to start it.", "it isnt keyless"),
            ("Conv key, no keyless.", "std key"),
        ),
    },
    "security_overcome": {
        "none": (
            ("We have no alarm or camera.", "no security on it"),
            ("Nil security.", "no alarm/CCTV"),
        ),
        "alarm_disabled": (
            ("The alarm box had been ripped off the wall so that it would not ring.", "they cut the alarm wires"),
            ("Alarm cut.", "alarm disconnected by offs"),
        ),
        "alarm_activated": (
            ("The alarm was sounding when we came.", "it set the alarm off"),
            ("Alarm act.", "audible alarm sounded"),
        ),
        "cctv_disabled": (
            ("They sprayed paint over the lens of the camera.", "they covered up the cctv"),
            ("CCTV disabled.", "camera moved by offs"),
        ),
        "light_removed": (
            ("The outside light had been unscrewed.", "they took the security light bulb out"),
            ("PIR light removed.", "ext light unscrewed"),
        ),
        "immobiliser": (
            ("It has an immobiliser and they started it all the same.", "they beat the imobiliser"),
            ("Immobiliser defeated.", "immob overcome"),
        ),
    },
    "damage_level": {
        "none": (
            ("It has not been damaged.", "no damage done"),
            ("Nil damage.", "undamaged"),
        ),
        "minor": (
            ("Only scratches, nothing serious.", "damage is slight"),
            ("Slight damage.", "scratches only"),
        ),
        "moderate": (
            ("It is damaged but can be repaired.", "a fair bit of damage"),
            ("Mod damage.", "damage, repairable"),
        ),
        "major": (
            ("It is wrecked, the damage is very bad.", "loads of damage"),
            ("Severe dmg.", "major damage"),
        ),
    },
    "forensic_trace": {
        "footwear": (
            ("Somebody left a footprint.", "theres a muddy foot print"),
            ("Shoe mark found.", "FW impression"),
        ),
        "tool_mark": (
            ("You can see dents from the tool.", "tool marks left on it"),
            ("T/marks.", "Toolmark impression"),
        ),
        "finger": (
            ("There are fingerprints on it.", "we can see finger prints"),
            ("F/P lift.", "Fingermarks dev'd"),
        ),
        "dna": (
            ("One must have cut himself, there is some blood.", "they left a cigarette end behind for dna"),
            ("Blood swab taken.", "DNA swab"),
        ),
        "cctv": (
            ("I have it on my cctv.", "there is camera footage from the shop"),
            ("CCTV obtained.", "footage to be viewed"),
        ),
        "doorbell": (
            ("My video door bell caught it.", "its on the ring"),
            ("Ring footage.", "doorbell cam footage"),
        ),
        "none_found": (
            ("They looked for prints but there were none.", "the forensics lady found nothing"),
            ("SOCO neg.", "Exam neg result"),
        ),
        "not_examined": (
            ("It has not been looked at by forensics.", "no one came for finger prints"),
            ("Not exam'd.", "CSI n/a, no attendance"),
        ),
    },
}  # fmt: skip
"""Item -> value -> (plain, shorthand), each of two or three wordings."""
