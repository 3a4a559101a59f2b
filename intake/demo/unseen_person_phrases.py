"""The part of `unseen_phrases` that tells what people did to people, and how they came and went."""

Said = tuple[str, ...]
Alternatives = dict[str, tuple[Said, Said]]

UNSEEN_PERSON_PHRASES: dict[str, Alternatives] = {
    "approach": {
        "confront": (
            ("A man stepped out and stopped me.", "they came right up to my face"),
            ("Off stepped out in front of IP.", "IP stopped by offs face to face"),
        ),
        "surprise_behind": (
            ("I was grabbed from the back, I never heard anyone.", "he crept up behind me"),
            ("App from rear.", "IP taken by surprise from behind"),
        ),
        "follow_from": (
            ("He had been walking after me since the station.", "they folowed me from the shop"),
            ("Foll'd IP from loc.", "IP tailed by off"),
        ),
        "con_request": (
            ("He said could I tell him the way, then it happened.", "they wanted to borrow my phone at first"),
            ("Engaged IP by asking directions.", "asked IP for the time, pretext"),
        ),
        "ride_by": (
            ("Somebody on a bike snatched it as he went by.", "they rode up and snached it"),
            ("Ride-by snatch.", "Snatched by passing rider"),
        ),
        "crowd_jostle": (
            ("There was a lot of pushing in the queue and then it was gone.", "someone bumped into me in the crowd"),
            ("Jostled.", "bumped in crowd, dip"),
        ),
        "bogus_official": (
            ("He claimed to be from the water board.", "they pretended to be police"),
            ("Purported to be official.", "Bogus caller, claimed to be from council"),
        ),
    },
    "control_method": {
        "verbal_threat": (
            ("He said that he would hurt me if I did not hand it over.", "they made threats"),
            ("Threats to harm.", "IP threatened verbally"),
        ),
        "push_grab": (
            ("They shoved me and took hold of my arm.", "got pushed to the wall"),
            ("IP shoved.", "Grabbed hold of IP, pushed"),
        ),
        "show_weapon": (
            ("One pulled out a weapon so that I could see it.", "he had a weapon and let me see it"),
            ("Weapon produced.", "offs brandished weapon"),
        ),
        "punch_kick": (
            ("He hit me in the face with his fist.", "they kicked me on the floor"),
            ("IP hit x 2 w/ fist.", "IP kicked"),
        ),
        "implied_weapon": (
            ("He kept a hand in his pocket as if he was armed, I saw nothing.",
             "they told me they had a weapon but didnt show it"),
            ("Implied weapon in pocket.", "claimed armed, not seen"),
        ),
        "weapon_used": (
            ("I was struck with what he carried.", "they cut me with it"),
            ("IP struck w/ weapon.", "Weapon used, IP inj"),
        ),
        "restrain": (
            ("One of them pinned my arms.", "they held me down"),
            ("IP held down.", "pinned by offs"),
        ),
    },
    "weapon_type": {
        "none": (
            ("There was no weapon that I saw.", "they werent armed"),
            ("Nil weapons.", "unarmed"),
        ),
        "knife": (
            ("He had a small knife with a black handle.", "they had a nife"),
            ("Blade, kitchen knife.", "Knife prod", "Folding knife"),
        ),
        "machete_large_blade": (
            ("It was a machette, very long.", "a big sword like thing"),
            ("Machete.", "Zombie knife, lge"),
        ),
        "firearm_real_or_imitation": (
            ("A black handgun, I do not know if it was real.", "they had a gun"),
            ("Handgun, poss BB.", "F/arm seen, poss imitation"),
        ),
        "blunt": (
            ("He carried a metal bar.", "they had a baseball bat"),
            ("Metal pole.", "Hit w/ bat", "Cosh"),
        ),
        "noxious_substance": (
            ("A spray made my eyes burn.", "they squirted something in my face, it stung"),
            ("CS type spray.", "Corrosive/noxious liquid"),
        ),
        "other": (
            ("He held up a broken bottle.", "they had some other sort of weapon"),
            ("Weapon: other type.", "Bottle"),
        ),
    },
    "n_offenders": {
        "1": (
            ("Just one person did it, on their own.", "only 1 of them"),
            ("Lone off.", "Off x1", "One susp"),
        ),
        "2": (
            ("A pair of them, working together.", "2 people"),
            ("Offs x2.", "Two susps"),
        ),
        "3": (
            ("Three people were involved.", "3 lads"),
            ("Offs x3.", "Three susps"),
        ),
        "4": (
            ("Four of them surrounded it.", "group of 4"),
            ("Offs x4.", "Four susps"),
        ),
        "5": (
            ("I counted five.", "5 of them"),
            ("Offs x5.", "Five susps"),
        ),
        "6": (
            ("There must have been six in the gang.", "6 of them"),
            ("Offs x6.", "Six susps"),
        ),
    },
    "disguise": {
        "none": (
            ("You could see the faces, nothing was hiding them.", "no mask or hood"),
            ("Face visible.", "Nil disguise worn"),
        ),
        "hood": (
            ("He had pulled his hood over his head.", "they were in hoodies with the hoods up"),
            ("Hoods worn.", "hooded off", "Hoody up"),
        ),
        "mask_balaclava": (
            ("They had balaclavas on.", "his face was masked", "they wore baclavas"),
            ("Balaclava'd.", "Masked", "Face masks on"),
        ),
        "crash_helmet": (
            ("They wore motorbike helmets the whole time.", "had helmits on"),
            ("M/cycle helmet on.", "Helmets"),
        ),
        "hi_vis_uniform": (
            ("They looked like workmen in yellow jackets.", "had hi viz on"),
            ("Hi viz vest.", "Workman's hi-vis"),
        ),
        "gloves_seen": (
            ("He was wearing gloves.", "they had gloves on"),
            ("Gloved.", "Wearing gloves"),
        ),
        "other": (
            ("A scarf was wound round the face.", "they disguised themselves in some other way"),
            ("Scarf over face.", "Other disguise"),
        ),
    },
    "target_activity": {
        "walking_alone": (
            ("I was on my way home by myself on foot.", "was walking on my own"),
            ("IP alone on foot.", "lone ped"),
        ),
        "on_phone": (
            ("I had my mobile to my ear at the time.", "was texting when it happened", "I was in the middle of a call"),
            ("IP using mob.", "IP on mobile, distracted"),
        ),
        "waiting_transport": (
            ("I stood at the tram stop.", "was waiting for a train"),
            ("IP waiting for bus.", "at bus stn waiting"),
        ),
        "withdrawing_cash": (
            ("I was taking money out of the hole in the wall.", "was getting cash out"),
            ("IP at cashpoint.", "using ATM"),
        ),
        "group": (
            ("There were several of us together.", "was out with my mates"),
            ("IP in company of friends.", "IP w/ grp"),
        ),
        "cycling": (
            ("I was riding my bicycle.", "was cycling home"),
            ("IP on p/cycle.", "IP riding bike"),
        ),
        "delivering": (
            ("I was dropping off a parcel.", "was on a delivery"),
            ("IP delivery driver on job.", "IP working as courier"),
        ),
        "at_venue": (
            ("I was in a night club.", "was at a concert, inside"),
            ("IP in club.", "in pub at time"),
        ),
    },
    "escape": {
        "on_foot": (
            ("He legged it down the road.", "they ran away"),
            ("Decamped on foot.", "ran off, dir N/K"),
        ),
        "pedal_cycle": (
            ("They rode away on push bikes.", "cycled off"),
            ("Left on p/cycle.", "Off on push bike"),
        ),
        "moped_motorcycle": (
            ("They sped away on a motorbike.", "off they went on a scooter, the petrol kind"),
            ("Left on m/cycle.", "Off on moped"),
        ),
        "escooter": (
            ("He rode away on one of those e scooters.", "went off on an electric scooter thing"),
            ("Left on escooter.", "Off on elec scooter"),
        ),
        "car": (
            ("A car picked them up and drove away.", "they drove off"),
            ("Left in car.", "decamped in veh"),
        ),
        "public_transport": (
            ("They got on a tram and away.", "they went off on the bus"),
            ("Left on bus.", "boarded train"),
        ),
    },
    "offender_vehicle": {
        "none_seen": (
            ("I did not see any vehicle with them.", "no vehicle about that I saw"),
            ("Nil veh seen.", "No veh sighted"),
        ),
        "yes": (
            ("They had come in a car, it stood round the corner.", "they had a van with them"),
            ("Veh used by offs.", "Susp veh present"),
        ),
    },
}  # fmt: skip
"""Item -> value -> (plain, shorthand), each of two or three wordings."""
