"""Words that betray what may never be evidence, by ground, and the words that are innocent beside a thing.

The Equality Act 2010 (section 4) names the protected characteristics; the proxies are what stands for them in
police records. Lists are of whole words, in lower case and in the singular; a plural is found by itself.
"""

PROTECTED = "a protected characteristic"
PROXY = "a proxy of a protected characteristic"
IDENTITY = "who somebody is"
PLACE_OR_RECORDING = "place or recording, not behaviour"

_TOPICS = {
    PROTECTED: """
        age aged dob birth born youth elderly juvenile minor disability disabled impairment
        race racial colour color skin complexion ethnic ethnicity descent ancestry heritage caste ic ic_code
        religion religious belief faith sex gender trans transgender lgbt lgbtq orientation sexuality
        racially racist racism hate bias prejudice homophobic transphobic antisemitic islamophobic
        vulnerable vulnerability mental pregnant pregnancy maternity marital marriage married partnership nationality
        citizenship immigration immigrant migrant asylum refugee gypsy traveller roma""",
    PROXY: """
        name forename surname firstname lastname fullname alias nickname initials language
        tongue speech accent dialect interpreter country origin birthplace dress dressed clothing clothes
        attire garment headwear hair beard build height appearance income benefits school""",
    IDENTITY: """
        person people offender_id nominal suspect victim_id arrestee custody pnc croid cro
        phone_number email address uprn postcode vrm registration dna_profile ip""",
    PLACE_OR_RECORDING: """
        beat area district ward sector lsoa msoa neighbourhood borough division
        officer collar shift station operator recorder captured recorded reported
        outcome disposal charge charged conviction convicted caution detected solved clearance status
        unit team""",
}
# What such an item would hold: caught among the values where the item's own name says nothing.
_VALUES = {
    PROTECTED: """
        male female man men woman women boy girl lady gentleman masculine feminine nonbinary
        asian african caribbean afro oriental chinese indian pakistani bangladeshi arab arabic european
        hispanic latino latina caucasian white black brown mixed_race biracial polish romanian albanian lithuanian
        bulgarian irish turkish kurdish somali nigerian jamaican vietnamese afghan iraqi iranian syrian
        ukrainian russian ic0 ic1 ic2 ic3 ic4 ic5 ic6 ic7 ic9
        muslim moslem islamic islam christian catholic protestant jewish jew hindu sikh buddhist atheist
        gay lesbian bisexual homosexual heterosexual transsexual
        deaf handicapped crippled blind wheelchair autistic dementia
        young teen teenage teenager adolescent child children adult pensioner toddler infant
        wife husband divorced widowed widow widower""",
    PROXY: """
        tall slim stocky bald bearded tattoo tattooed ponytail
        hijab niqab burka burqa turban headscarf skullcap kippah sari tracksuit hoodie
        foreign foreigner""",
}


def _by_word(lists: dict[str, str]) -> dict[str, str]:
    return {word: ground for ground, words in lists.items() for word in words.split()}


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


GROUND_OF_TOPIC = _by_word(_TOPICS)
GROUND_OF_VALUE = _by_word(_VALUES)
# The age of a car, the height of a fence, a disabled alarm, a white van: of the thing beside the word.
THINGS = _set_of(
    """
    vehicle veh car van lorry moped motorcycle cycle bicycle bike property building dwelling entry window door wall
    fence gate roof alarm cctv camera security light lock cylinder key tool bag goods phone watch plate jewellery
    glove spot"""
)
OF_THINGS = _set_of(
    """
    age aged colour color height build disabled status name white black brown blind european child registration
    country origin tall"""
)
# Everyday words in a question or a value, although they may not name an item: Minor (damage), Country lane.
EVERYDAY = _set_of("minor school country build partnership benefits income height charge belief ic")
# Stems that are written together with what they qualify: victimage, suspectSex.
STEMS = ("victim", "suspect", "offender", "person", "perpetrator", "complainant")
