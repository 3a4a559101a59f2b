"""Who acted: what police, a locksmith or the household did to a door, a thing or a person is no MO of an offender.

"Police forced entry via front door", "window smashed by IP", "lock drilled to let IP back in", "officer's footwear mark
only". Where such an act is told, nothing within reach of it is read: from the actor to the end of his clause, or, where
the act comes first ("kicked in by bailiffs"), from the start of the clause to the actor. An offender who plays one of
them ("said he was from the council", "bogus police officer") is an offender.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import re2

from quality.text.pattern_language import compiled, expression

_WHERE = "actors"
_SENTENCES_KEPT = 20_000
_BEFORE = 60

WORDS = {
    "service": "|".join([
        "police(?: officers?| staff)?", "pcs?", "pcsos?", "officers?", "offrs?", "constables?", "sgt", "sergeant",
        "detectives?", "bailiffs?", "enforcement agents?", "hceos?",
        "fire(?: and rescue)?(?: service| brigade| crews?)", "firefighters?",
        "fire fighters?", "firem[ae]n", "lfb", "frs", "paramedics?", "medics?",
        "ambulance(?: crews?| service| staff)?", "locksmiths?", "glaziers?", "landlords?", "landlady",
        "(?:letting|managing) agents?", "housing(?: officers?| association| staff)?", "council(?: staff| workers?)?",
        "caretakers?", "concierge", "recovery(?: agents?| drivers?| company| firm| operators?| trucks?| crew)?",
        "breakdown(?: service| driver| man)?", "mechanics?", "gas engineers?", "british gas", "builders?",
        "security(?: staff| guards?| officers?)",
    ]),
    "household": "|".join([
        "ips?", "i p", "victims?", "vics?", "victs?", "inj party", "injured party", "aggrieved", "agg", "complainants?",
        "comp", "informants?", "infs?", "callers?", "owners?", "residents?", "occupants?", "occupiers?", "tenants?",
        "householders?", "homeowners?", "keyholders?", "family(?: members?)?", "relatives?", "husband", "wife", "sons?",
        "daughters?", "mother", "mum", "father", "dad", "brother", "sister", "partner", "parents", "child", "children",
        "grandson", "granddaughter", "flatmates?", "housemates?", "friends?", "carers?", "cleaners?", "neighbou?rs?",
        "i", "we",
    ]),
    "actor": "{service}|{household}",
    "whose": "(?:(?:the|a|an|one|some|attending|local|response|armed|on|duty|an off|his|her|their|my|our|ip s|ips"
    "|victim s|owner s|next door|elderly|own|adult|teenage|young|council s|other) ){0,3}",
    "may": "(?:(?:then|also|had to|have to|has to|having to|needed to|had|has|have|then had to|subsequently|later|since"
    "|already|previously|earlier|accidentally|mistakenly|eventually|ended up|managed to|were able to|was able to"
    "|were forced to|was forced to|were required to|was required to|did|himself|herself|themselves|in attendance"
    "|on scene|who|that|to) ){0,4}",
    "broke": "forced|forcing|force|smashed|smashing|smash|smshd|broke|breaking|break|kicked|kicking|kick|booted|drilled"
    "|drilling|drill|snapped|snapping|snap|cut|cutting|prised|prising|prise|prized|levered|jemmied|jimmied|jemmy"
    "|damaged|damaging|damage|breached|punched through|shouldered|picked the lock|bumped the lock|unscrewed",
    "thing": "doors?|drs?|windows?|wdws?|glass|panes?|locks?|padlocks?|cylinders?|barrels?|gates?|fences?|panels?"
    "|sheds?|garage|letterbox|letter box|alarms?|lights?|frames?|entry|access|way in|cars?|vans?|vehicles?|vehs?"
    "|quarterlights?|handles?|chains?|safe|cupboards?|drawers?|hinges?",
    "entered": "entered|enter|gained (?:entry|access)|gain (?:entry|access)|made (?:entry|access)|effect entry"
    "|effected (?:entry|access)|got in|get in|climbed (?:in|over|through|up)|climb (?:in|over|through|up)|went in"
    "|broke in|let (?:him|her|them)sel(?:f|ves) in",
    "offender": "o/s|offs?|offenders?|suspects?|susps?|males?|females?|thie(?:f|ves)|burglars?|robbers?|intruders?"
    "|attackers?|him|them|one of them|youths?|lads?",
    "fought": "punched|kicked|hit|struck|pushed|shoved|restrained|detained|pinned|tackled|grabbed|sprayed|slapped"
    "|fought|stabbed|threatened|chased|headbutted|swung at",
    "own": "(?:s |own |boot )*",
}  # fmt: skip

_DONE = (
    "{broke}|broken|brkn|denied|disputed|refuted|used|entered|gained|made|effected|searched|put|removed|taken|moved|towed"
    "|lifted|caused|done|changed|replaced|opened up|turned (?:out|over)|emptied|tipped out"
)
_ON_THE_WAY = (
    "(?:in|open|down|off|out|through|up|away|later|earlier|previously|accidentally|mistakenly|again|today|yesterday|entry"
    "|access|the|door|window|lock|on arrival|afterwards|over|last|night|week|and (?:" + _DONE + "))"
)
ACTIVE = (
    "(?:{service}) {may}(?:{broke}|{entered}|used|use|searched|opened|removed|put (?:in|through)|let|changed|replaced"
    "|lifted|towed|tow|seized the vehicle)",
    "(?:{service}) (?:were |was )?(?:attended|arrived|called|responded|requested|executed|on scene)(?: [a-z]+){0,4}?"
    " (?:and|then|who|to) {may}(?:{broke}|{entered}|used|searched)",
    "(?:{household}) {may}(?:{broke})(?: [a-z']+){0,4}? (?:{thing})",
    "(?:{household}) {may}(?:{entered}|drilled|unscrewed|broke)",
    "(?:{household}) {may}used (?:a|an|the|his|her|their|own|my|our|some|spare)",
    "(?:{household}) (?:was |were |had |has |got |is )?(?:locked (?:[a-z]+ )?out|lost (?:[a-z]+ ){0,2}keys?"
    "|forgot(?:ten)? (?:[a-z]+ )?keys?|returned(?: home)?|came (?:home|back))(?: [a-z]+){0,3}? (?:and|so|then) {may}"
    "(?:{broke}|{entered}|used) (?:[a-z']+ ){0,4}?(?:{thing})",
    "(?:{household}) {may}(?:armed (?:him|her|them|my)sel(?:f|ves)|picked up|fetched|swung|threw|waved|brandished"
    "|produced|pulled out|(?:grabbed|got|took|held) (?:a|an))",
    "(?:{household}) {may}(?:{fought}) (?:back )?(?:(?:at|the|one|of|both|a|an|away) ){0,3}(?:{offender})",
    "(?:{household}) (?:denies|denied|disputes|disputed)",
)
PASSIVE = ("(?:" + _DONE + ")(?: " + _ON_THE_WAY + "){0,4} by {whose}(?:{actor})",)
PURPOSE = (
    "to (?:let|allow|get) {whose}(?:{actor}|him|her|them) (?:back )?(?:in|inside|back in|access|entry)",
    "to (?:gain|get|give) (?:access|entry) (?:for|to) {whose}(?:{actor})",
    "to check (?:on|welfare|for welfare|(?:they|{whose}(?:{household})) (?:was|were) (?:ok|okay|safe|alright|well))",
    "to (?:rescue|reach|assist|treat) {whose}(?:{household})",
    "(?:for|on|due to|re|fear for|concern for) (?:a )?(?:concern for |safe and )?welfare", "welfare check",
    "(?:search |gas |drugs )?warrants? (?:was |being )?(?:executed|obtained)", "to execute (?:a |the |search )*warrant",
    "(?:under|using|by virtue of) (?:a |the |search )*(?:warrant|s ?17|s ?18|section 1[78])",
)  # fmt: skip
_TRACE = "footwear|foot|shoes?|boots?|fingerprints?|finger|palm|prints?|dna|blood|marks?|gloves?"
TRACES = (
    "(?:{actor}) {own}(?:" + _TRACE + ")",
    "(?:left|made|deposited|caused) by {whose}(?:{actor})",
    "(?:belong\\w*|match\\w*|attributed|traced|identified|shown|found)(?: [a-z]+){0,3}? (?:to|as|be|being) {whose}"
    "(?:{actor})",
    "eliminat\\w+", "elim prints", "elims",
)  # fmt: skip
FLIGHT = (
    "(?:{household}) {may}(?:ran|drove|fled|escaped|cycled|walked|made off|got away|jumped|hopped|rode|sped)",
    "(?:{service}) {may}(?:ran|drove|gave chase|pursued|chased)",
)
TAKING = ("(?:{service}) {may}(?:took|take|seized|removed|retained)", "(?:taken|seized) by {whose}(?:{service})")
_PRETENCE = (
    "(?:pos(?:ing|ed|es)|pretend(?:ing|ed|s)?|purport(?:ing|ed|s)?|claim(?:ing|ed|s)?|impersonat(?:ing|ed|es)|dressed"
    "|disguised|bogus|fake|false|acting|introduced|calling|(?:he|she|they) (?:was|were|is|are)|from|ex|former"
    "|offenders?(?: ?'?s)?|suspects?(?: ?'?s)?)(?: [a-z]+){0,3}"
)
_STOPS = (
    "but|then|who|which|when|while|whilst|as|after|before|until|because|whereas|and"
    "|(?:then )?(?:{offender}|they|he|she)"
)
# What the victim was doing, where the car stood, what the thing is: facts of the victim's own, whoever tells them.
VICTIMS_OWN = frozenset(
    ("occupied", "target_activity", "where_parked", "keyless", "vehicle_model_class", "n_offenders", "offender_vehicle")
)


class Act(NamedTuple):
    """Where an act of somebody else is told; a half-open span in bytes of the sentence."""

    start: int
    end: int


def is_others_act(item_code: str, sentence: bytes, start: int, end: int) -> bool:
    """Return whether what is read of an item within a span was done by somebody who is no offender.

    Parameters
    ----------
    item_code : str
        Item that would have a value; those of `VICTIMS_OWN` tell of the victim whoever acts.
    sentence : bytes
        One sentence, plain ASCII in small letters.
    start, end : int
        Half-open span of the words that say the value.
    """
    if item_code in VICTIMS_OWN:
        return False
    return any(act.start < end and start < act.end for act in _acts(_kind(item_code), sentence))


def _kind(item_code: str) -> str:
    return {"forensic_trace": "traces", "escape": "flight", "property_class_taken": "taking"}.get(item_code, "acts")


@lru_cache(_SENTENCES_KEPT)
def _acts(kind: str, sentence: bytes) -> tuple[Act, ...]:
    """Return the spans of one sentence that tell of acts of others, as far as they concern one kind of item."""
    if not _search("anybody").search(sentence):
        return ()
    return tuple(_told(kind, sentence))


def _told(kind: str, sentence: bytes) -> Iterator[Act]:
    if kind == "traces":
        yield from (_clause(sentence, *found.span()) for found in _found("traces", sentence))
        return
    for name in ("active", *(("flight",) if kind == "flight" else ()), *(("taking",) if kind == "taking" else ())):
        yield from (Act(found.start(), _stop(sentence, found.end())) for found in _found(name, sentence))
    for found in _found("passive", sentence):
        yield Act(_start(sentence, found.start()), found.end())
    for found in _found("purpose", sentence):
        yield _clause(sentence, *found.span())


def _found(name: str, sentence: bytes) -> Iterator[re2._Match]:
    """Yield the acts of one kind whose actor is not one that an offender only plays, nor an offender's own."""
    for found in _search(name).finditer(sentence):
        before = sentence[max(0, found.start() - _BEFORE) : found.start()]
        after = sentence[found.end() : found.end() + 12]
        if not _search("pretence").search(before) and not _search("former").match(after):
            yield found


def _clause(sentence: bytes, start: int, end: int) -> Act:
    return Act(_start(sentence, start), _stop(sentence, end))


def _stop(sentence: bytes, place: int) -> int:
    """Return where the act ends: at the next clause or subject, unless the same actor goes on ("and removed")."""
    for found in _search("stop").finditer(sentence[place:]):
        rest = sentence[place + found.end() :]
        if not (found.group().strip() == b"and" and _search("goes_on").match(rest)):
            return place + found.start()
    return len(sentence)


def _start(sentence: bytes, place: int) -> int:
    starts = _clause_starts(sentence)
    return starts[bisect_right(starts, place) - 1]


@lru_cache(1)
def _clause_starts(sentence: bytes) -> list[int]:
    return [0, *(found.end() for found in _search("clause").finditer(sentence))]


@cache
def _search(name: str) -> re2._Regexp:
    """Return the expression of one name, compiled once."""
    patterns = {
        "active": ACTIVE,
        "passive": PASSIVE,
        "purpose": PURPOSE,
        "traces": TRACES,
        "flight": FLIGHT,
        "taking": TAKING,
        "anybody": ("{actor}", "welfare", "warrants?", "s ?1[78]", "section 1[78]", "eliminat\\w+", "elims?", "let"),
    }
    if name in patterns:
        return compiled(expression(patterns[name], WORDS, _WHERE), _WHERE)
    marks = r"[,;:()]| - "
    return re2.compile({
        "pretence": rf"\b{_PRETENCE}\s+$",
        "former": r"^(?:'?s)? (?:ex|former)\b|^'s? (?:car|van|key)",
        "stop": f"{marks}|" + expression([_STOPS], WORDS, _WHERE),
        "goes_on": r"^\s*(?:" + expression(["{broke}|{entered}|used|removed"], WORDS, _WHERE) + ")",
        "clause": rf"{marks}|\b(?:but|then|and|who|which|when|while|whilst|after|before|until|because)\b",
    }[name].encode())  # fmt: skip
